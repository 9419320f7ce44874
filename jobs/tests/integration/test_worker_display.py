"""The worker's lines on a terminal."""

from __future__ import annotations

import io
import logging
import os
import pty
import re
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from jobs.models import JobRecord, JobStatus
from jobs.store.base import JobStore
from jobs.tests.bench import Bench, raising
from jobs.worker_display import WorkerDisplay, in_foreground, terminal_display
from pipeline.exceptions import UnreadableVideo
from pipeline.terminal import console

Submit = Callable[[], JobRecord]
CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
TIME = re.compile(r"\d\d:\d\d:\d\d ")


class Screen:
    """A display that takes the log; opening the store beforehand would be logged, too."""

    def __init__(self) -> None:
        self.stream = io.StringIO()
        on = console(self.stream)
        self.display = WorkerDisplay(on, lambda job: "clip.mp4  2.4 MB", detailed=False)

    def lines(self) -> list[str]:
        """What was shown, without times."""
        shown = CONTROL.sub("", self.stream.getvalue()).splitlines()
        texts = [TIME.sub("", line).rstrip() for line in shown]
        return [re.sub(r"\d+\.\d( s|(?= a second))", r"N\1", text) for text in texts if text]


@pytest.fixture
def screen(store: JobStore) -> Screen:
    store.size()
    return Screen()


def test_a_line_for_each_job(screen: Screen, bench: Bench) -> None:
    jobs = [bench.submit(), bench.submit()]
    worker = bench.worker(raising(UnreadableVideo("It is \x1b[2Jcut [bold]short.")))
    with screen.display.shown():
        assert worker.run_forever(max_jobs=2) == 2
    assert screen.lines() == [
        f"✗ {jobs[0].job_id}  clip.mp4  2.4 MB  yolo_ocr  N s  It is \ufffd[2Jcut [bold]short.",
        f"✓ {jobs[1].job_id}  clip.mp4  2.4 MB  yolo_ocr  N s  0 frames (N a second), 0 detections",
    ]


def test_other_lines_of_the_log(screen: Screen, bench: Bench) -> None:
    with screen.display.shown():
        bench.worker().handle_signal(15, None)
        logging.getLogger("jobs.worker").warning("The disk\nis full.")
    assert screen.lines() == [
        "Finishing the current job. Press Ctrl-C again to stop now.",
        "WARNING: The disk",
        "is full.",
    ]


def test_what_else_is_written_to_standard_error(tmp_path: Path) -> None:
    """By the pipeline's process, or a library: whole lines, without what they repeat."""
    output = tmp_path / "stderr"
    own = os.dup(2)
    try:
        with output.open("wb") as file:
            os.dup2(file.fileno(), 2)
        before = os.fstat(2)
        with terminal_display(lambda job: "", detailed=False, no_color=True) as say:
            say("Worker ready")
            os.write(2, b"2026-11-22 21:00:00 INFO pipeline[7]: abc: It is cut short.\nmoov \xff")
            os.write(2, b"atom\n")
            os.write(2, b"last\n")
            while "last" not in (shown := output.read_text(encoding="utf-8")):
                time.sleep(0.01)
        after = os.fstat(2)
    finally:
        os.dup2(own, 2)
        os.close(own)
    assert CONTROL.sub("", shown).splitlines()[-2:] == ["moov \ufffdatom", "last"]
    assert "cut short" not in shown
    assert (before.st_dev, before.st_ino) == (after.st_dev, after.st_ino)
    assert logging.getLogger().handlers


def test_the_display_ends_with_an_exception(capfd: pytest.CaptureFixture[str]) -> None:
    handlers = logging.getLogger().handlers[:]
    with (
        pytest.raises(SystemExit),
        terminal_display(lambda job: "", detailed=True, no_color=False),
    ):
        raise SystemExit(130)
    assert logging.getLogger().handlers == handlers
    os.write(2, b"after\n")
    assert capfd.readouterr().err.endswith("after\n")


def test_a_failed_job_of_which_little_is_known(submit: Submit) -> None:
    stream = io.StringIO()
    display = WorkerDisplay(console(stream), lambda job: "", detailed=False)
    job = replace(submit(), status=JobStatus.FAILED, error_message=None)
    record = logging.LogRecord("jobs.worker", logging.INFO, "", 0, "x", None, None)
    record.__dict__.update(job=job, seconds=0.0, summary=None)
    display.emit(record)
    assert stream.getvalue().rstrip().endswith(f"✗ {job.job_id}  yolo_ocr  0.0 s")


def test_a_terminal_in_the_background_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Such as in `make run`, where API and worker share one."""
    ours, theirs = pty.openpty()
    code = "from jobs.worker_display import in_foreground; print(in_foreground())"
    done = subprocess.run(
        [sys.executable, "-c", code], stderr=theirs, stdout=subprocess.PIPE, check=True
    )
    os.close(ours)
    os.close(theirs)
    assert done.stdout.strip() == b"False"
    monkeypatch.setenv("TERM", "dumb")
    assert not in_foreground()
