"""`manage.py smoke_test`."""

from __future__ import annotations

from pathlib import Path

from forgesyte.tests.conftest import Manage


def test_smoke_test_passes_and_leaves_nothing_behind(manage: Manage, tmp_path: Path) -> None:
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    done = manage("smoke_test", TMPDIR=str(temporary))
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-1] == "Smoke test passed."
    assert list(temporary.iterdir()) == []


def test_smoke_test_says_in_one_line_what_is_wrong(manage: Manage, tmp_path: Path) -> None:
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    done = manage("smoke_test", TMPDIR=str(temporary), FORGESYTE_DEVICE="cuda")
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert "Smoke test failed: `run_worker` ended: The device is 'cuda'" in done.stderr
    assert list(temporary.iterdir()) == []
