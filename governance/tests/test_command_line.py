"""The scanner as the commands that people and machines run."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from governance.cli import ROOT, main

SCRIPT = "governance/validate_phase16_path.py"
COMMANDS = {
    "script": [SCRIPT],
    "manage.py": ["manage.py", "validate_governance"],
}


def _run(command: list[str], *paths: Path, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *command, *map(str, paths)],
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=120,
    )


@pytest.fixture
def small_tree(tmp_path: Path) -> Path:
    """A tree of its own with the scanner in it and next to no code."""
    shutil.copytree(ROOT / "governance", tmp_path / "governance")
    for name in ("forgesyte", "jobs", "pipeline"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").touch()
    return tmp_path


@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
def test_the_exit_code_tells_clean_violations_and_unusable(
    command: list[str], small_tree: Path
) -> None:
    clean = _run(command, small_tree)
    assert (clean.returncode, clean.stdout, clean.stderr) == (0, "", "")
    file = small_tree / "jobs" / "views.py"
    file.write_text("x = 1\nuse_sse = True\n")
    found = _run(command, small_tree)
    assert (found.returncode, found.stderr) == (1, "")
    assert found.stdout == (f"{file}:2:5: sse (clients poll; the server sends no events (G2))\n")
    missing = _run(command, small_tree / "nothing")
    assert (missing.returncode, missing.stdout) == (2, "")
    assert missing.stderr == f"{small_tree / 'nothing'}: there is no such file or folder\n"


def test_unusable_rules_end_with_2(small_tree: Path) -> None:
    rules = small_tree / "governance" / "forbidden_vocabulary_phase16.yaml"
    rules.write_text(rules.read_text() + "ignore: [jobs]\n")
    result = _run([SCRIPT], cwd=small_tree)
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr == f"{rules}: ignore: unknown key\n"


def test_there_is_no_switch_but_help() -> None:
    result = _run([SCRIPT, "--exclude", "jobs"])
    assert (result.returncode, result.stdout) == (2, "")
    options = [
        line.split()[0] for line in _run([SCRIPT, "--help"]).stdout.splitlines() if "-" in line
    ]
    assert [option for option in options if option.startswith("-")] == ["-h,"]


def test_paths_are_shown_as_seen_from_the_current_folder(small_tree: Path) -> None:
    (small_tree / "jobs" / "a.py").write_text("sse = 1\n")
    assert _run([SCRIPT], cwd=small_tree).stdout.startswith("jobs/a.py:1:1: sse (")


def test_only_what_is_below_the_paths_is_shown(
    small_tree: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for folder in ("jobs", "pipeline"):
        (small_tree / folder / "a.py").write_text("sse = 1\n")
    assert main([str(small_tree / "jobs")]) == 1
    assert [line.split(":")[0] for line in capsys.readouterr().out.splitlines()] == [
        str(small_tree / "jobs" / "a.py")
    ]
    assert main([str(small_tree / "jobs" / "__init__.py")]) == 0


def test_a_path_outside_the_functional_folders_is_scanned_too(
    small_tree: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    other = tmp_path_factory.mktemp("other") / "notes.md"
    other.write_text("Web sockets\n")
    (small_tree / "docs").mkdir()
    shutil.copy(other, small_tree / "docs")
    assert main([str(other)]) == 1
    assert main([str(small_tree / "docs")]) == 1


def test_each_problem_is_printed_once_and_in_order(
    small_tree: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (small_tree / "jobs" / "b.py").write_text("x = 1\nsse = 1\ny = 'sse web socket'\n")
    (small_tree / "jobs" / "a.txt").write_text("sse\n")
    jobs = str(small_tree / "jobs")
    assert main([jobs, jobs]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(" ")[0].removeprefix(jobs) for line in lines] == [
        "/a.txt:1:1:", "/b.py:2:1:", "/b.py:3:6:", "/b.py:3:10:",
    ]  # fmt: skip


def test_binary_files_are_known_by_their_content(small_tree: Path) -> None:
    picture = small_tree / "jobs" / "a.png"
    picture.write_bytes(bytes(range(256)) * 8 + b" sse ")
    assert main([str(small_tree)]) == 0
    # A text does not become binary by a stray byte, by its name or by its encoding.
    for content in (b"a \0 sse " + b"word " * 50, " sse ".encode("utf-16"), b"\xe4 sse"):
        picture.write_bytes(content)
        assert main([str(small_tree)]) == 1


def test_python_with_a_zero_byte_is_not_taken_for_binary(
    small_tree: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (small_tree / "jobs" / "a.py").write_bytes(b"sse = 1\n" + b"\0" * 100)
    assert main([str(small_tree)]) == 1
    terms = [line.split(": ")[1].split(" (")[0] for line in capsys.readouterr().out.splitlines()]
    assert terms == ["not readable as Python", "sse"]


def test_compiled_code_is_found_but_not_beside_its_source(
    small_tree: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    compiled = small_tree / "jobs" / "__pycache__" / "a.cpython-311.pyc"
    compiled.parent.mkdir()
    compiled.write_bytes(bytes(range(32)) * 9)
    assert main([str(small_tree)]) == 0
    compiled.rename(small_tree / "jobs" / "a.pyc")
    assert main([str(small_tree)]) == 1
    assert "a.pyc:1:1: compiled code (" in capsys.readouterr().out
