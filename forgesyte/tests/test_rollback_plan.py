"""The rollback plan as it is written."""

from __future__ import annotations

import re

from forgesyte.tests.rollback_tree import PLAN, ROOT, paths

STEPS = ROOT / "docs" / "Phase_16" / "rollback"


def test_rollback_plan_exists() -> None:
    text = PLAN.read_text(encoding="utf-8")
    for name in re.findall(r"\]\(([^)]+)\)", text):
        assert (PLAN.parent / name).is_file(), name
    assert "TODO" not in text
    assert [path.stem for path in (ROOT / "jobs/alembic/versions").glob("*.py")] == [
        "0001_create_jobs"
    ]
    assert paths("Revisions that are reverted") == ["0001"]


def test_the_texts_that_are_written_follow_the_tree() -> None:
    """What the settings and the environment of the pipeline are must not change here alone."""
    settings_now = (ROOT / "forgesyte" / "settings.py").read_text()
    (block,) = re.findall(r"^PIPELINE = .*?^\)$", settings_now, re.MULTILINE | re.DOTALL)
    assert block in (STEPS / "forgesyte" / "settings.py.template").read_text()
    for name in ("env.py", "tests/test_env.py"):
        now = set((ROOT / "forgesyte" / name).read_text().splitlines())
        written = (STEPS / "forgesyte" / f"{name}.template").read_text().splitlines()
        new = [line for line in written if line not in now and "MAX_FRAMES" not in line]
        assert [line for line in new if "max_frames == 1000" not in line] == []
    variables = set(re.findall(r'"(FORGESYTE_\w+)"', (ROOT / "forgesyte" / "env.py").read_text()))
    of_jobs = {"MAX_UPLOAD_BYTES", "SECRET_KEY", "ALLOWED_HOSTS", "DEBUG"}
    of_jobs |= {"TRUSTED_PROXY", "ALLOWED_ORIGINS"}
    template = (STEPS / "forgesyte" / "env.py.template").read_text()
    left = set(re.findall(r'"(FORGESYTE_\w+)"', template))
    assert variables - left == {f"FORGESYTE_{name}" for name in of_jobs}
