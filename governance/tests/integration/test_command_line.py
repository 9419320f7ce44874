"""The scanner as the commands that people and machines run."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from governance.validate_phase16_path import ROOT, main

COMMANDS = {
    "script": ["governance/validate_phase16_path.py"],
    "manage.py": ["manage.py", "validate_governance"],
}
# A file, its text, and where a term is found in it.
PLANTS = [
    ("views.py", "x = 1\nclass WebSocketView:\n    pass\n", "2: websocket ("),
    ("comment.py", "sse = 1  # noqa  # governance: ignore\n", "1: sse ("),
    ("string.py", 'x = """one\n  two streaming\n"""\n', "2: streaming ("),
    ("broken.py", "def (:\n    sse\n", "2: sse ("),
    ("templates/a.html", "<p>\n<b>Real-time</b></p>\n", "2: real_time ("),
    ("static/a.js", "\nnew EventSource(url)\n", "2: sse ("),
    ("static/a.css", ".gpuScheduler { top: 0 }\n", "1: gpu_schedule ("),
    ("static/a.svg", "<svg><text>SSE</text></svg>\n", "1: sse ("),
    ("a.yaml", "mode: distributed\n", "1: distributed ("),
    ("tool", "#!/bin/sh\n# a gpu-worker\n", "2: gpu_worker ("),
    ("latin.txt", "\xe4 sse\n", "1: sse ("),
    ("websocket_view.py", "", "1: websocket in the file name ("),
    ("sse/empty.txt", "", "1: sse in the file name ("),
    ("phase16_worker.py", "", "1: phase in the file name ("),
    ("templates/PhaseXVI.html", "", "1: phase in the file name ("),
    ("Phase-16/x.css", "", "1: phase in the file name ("),
]


@pytest.fixture
def jobs(tmp_path: Path) -> Path:
    folder = tmp_path / "jobs"
    folder.mkdir()
    (folder / "clean.py").write_text('"""Phases: pending, running."""\nassert "classes"\n')
    return folder


@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
def test_the_exit_code_tells_clean_from_violations(command: list[str], jobs: Path) -> None:
    def run() -> tuple[int, str, str]:
        done = subprocess.run(
            [sys.executable, *command, str(jobs)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        return done.returncode, done.stdout, done.stderr

    assert run() == (0, "", "")
    file = jobs / "views.py"
    file.write_text("x = 1\nuse_sse = True\n")
    assert run() == (1, f"{file}:2: sse (clients poll; the server sends no events (G2))\n", "")


@pytest.mark.parametrize(("name", "text", "expected"), PLANTS)
def test_a_planted_term_is_found_in_its_line(
    jobs: Path, capsys: pytest.CaptureFixture[str], name: str, text: str, expected: str
) -> None:
    file = jobs / name
    file.parent.mkdir(exist_ok=True)
    file.write_text(text, "latin-1")
    assert main([str(jobs)]) == 1
    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith(f"{file}:{expected}")


def test_problems_are_printed_once_and_in_order(
    jobs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (jobs / "b.py").write_text("x = 1\nsse = 1\ny = 'sse web socket'\n")
    (jobs / "a.txt").write_text("sse\n")
    assert main([str(jobs), str(jobs / "b.py")]) == 1
    lines = capsys.readouterr().out.splitlines()
    shown = [line.split(" (")[0].removeprefix(str(jobs)) for line in lines]
    assert shown == ["/a.txt:1: sse", "/b.py:2: sse", "/b.py:3: sse", "/b.py:3: websocket"]


def test_binary_files_are_not_read_as_text(jobs: Path) -> None:
    (jobs / "a.png").write_bytes(bytes(range(256)) + b" sse ")
    assert main([str(jobs)]) == 0


def test_a_linked_folder_is_scanned(jobs: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "a.py").write_text("sse = 1\n")
    (jobs / "more").symlink_to(other)
    assert main([str(jobs)]) == 1


def test_there_is_no_switch(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments, error in ((["--exclude", "jobs"], "--exclude"), (["nothing"], "nothing: there")):
        with pytest.raises(SystemExit, match="2"):
            main(arguments)
        assert error in capsys.readouterr().err
