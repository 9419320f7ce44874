"""The worker's output on a terminal: a line for each job, and a status line below."""

from __future__ import annotations

import logging
import os
import re
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from logging.handlers import QueueHandler, QueueListener
from queue import SimpleQueue
from typing import Any

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.text import Text

from jobs.models import JobRecord, JobStatus
from pipeline.results import RunSummary, unreadable_frames
from pipeline.terminal import console, printable

# Log lines of the pipeline's process; the job's line has the same information.
REPEATED = re.compile(r"^\S+ \S+ INFO pipeline\[\d+\]: ")
WAITING = "Waiting for jobs"
CHUNK_BYTES = 64 * 1024


def in_foreground() -> bool:
    """Whether standard error is a terminal and this process is in its foreground."""
    if not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
        return False
    try:
        return os.tcgetpgrp(sys.stderr.fileno()) == os.getpgrp()
    except OSError:
        return False


class WorkerDisplay(logging.Handler):
    """A log handler that draws the display. `video_of` describes a job's video."""

    def __init__(
        self, on: Console, video_of: Callable[[JobRecord], str], *, detailed: bool
    ) -> None:
        super().__init__()
        self._console, self._video_of, self._detailed = on, video_of, detailed
        columns = SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn()
        self._progress = Progress(*columns, console=on, transient=True, refresh_per_second=4)
        self._task = self._progress.add_task(WAITING, total=None)
        self._counts = {JobStatus.COMPLETED: 0, JobStatus.FAILED: 0}

    @contextmanager
    def shown(self) -> Iterator[None]:
        """Replace the root logger's handlers meanwhile.

        A thread prints the records, because a signal handler that logs must not write into other
        output.
        """
        root = logging.getLogger()
        handlers = root.handlers[:]
        records: SimpleQueue[logging.LogRecord] = SimpleQueue()
        listener = QueueListener(records, self)
        queued = QueueHandler(records)
        for each in handlers:
            for dropping in each.filters:
                queued.addFilter(dropping)
        root.handlers[:] = [queued]
        try:
            with self._progress:
                listener.start()
                try:
                    yield
                finally:
                    listener.stop()
        finally:
            root.handlers[:] = handlers

    def emit(self, record: logging.LogRecord) -> None:
        job: JobRecord | None = getattr(record, "job", None)
        if job is None:
            is_warning = record.levelno >= logging.WARNING
            level = f"{record.levelname}: " if is_warning else ""
            self.note(level + self.format(record), "yellow" if is_warning else "dim")
        elif job.status.is_final:
            self._counts[job.status] += 1
            facts: dict[str, Any] = record.__dict__
            line = self._line(job, facts["seconds"], facts["summary"])
            self._console.print(line, soft_wrap=True)
            counts = ", ".join(f"{number} {status}" for status, number in self._counts.items())
            self._describe(f"{WAITING} ({counts})")
        elif record.levelno < logging.WARNING:  # the reason of a failure is shown at its end
            self._describe(self._facts(job))

    def note(self, text: str, style: str = "dim") -> None:
        """Print other lines above the status line."""
        for line in text.splitlines():
            if self._detailed or not REPEATED.match(line):
                self._console.print(Text(printable(line), style), soft_wrap=True)

    def _describe(self, description: str) -> None:
        self._progress.reset(self._task, description=printable(description))

    def _facts(self, job: JobRecord) -> str:
        return "  ".join(filter(None, (str(job.job_id), self._video_of(job), job.pipeline_id)))

    def _line(self, job: JobRecord, seconds: float, summary: RunSummary | None) -> Text:
        done = job.status == JobStatus.COMPLETED
        mark = Text("✓ " if done else "✗ ", "bold green" if done else "bold red")
        facts = f"{self._facts(job)}  {seconds:.1f} s"
        line = Text.assemble((f"{datetime.now():%H:%M:%S} ", "dim"), mark, printable(facts))
        if summary is not None:
            rate = summary.frames / seconds if seconds else 0.0
            line.append(f"  {summary.frames} frames ({rate:.1f} a second)")
            line.append(f", {summary.detections} detections")
            if summary.unreadable:
                line.append(f", {unreadable_frames(summary.unreadable)}", "yellow")
        if job.error_message and not done:
            line.append(f"  {printable(job.error_message)}", "red")
        return line


@contextmanager
def terminal_display(
    video_of: Callable[[JobRecord], str], *, detailed: bool, no_color: bool
) -> Iterator[Callable[[str], None]]:
    """Show the display; yields a function that prints a line.

    Meanwhile standard error is redirected, so that output of other code and of the pipeline's
    process appears above the status line.
    """
    sys.stderr.flush()
    terminal = os.dup(2)
    source, sink = os.pipe()
    with os.fdopen(os.dup(2), "w", encoding=sys.stderr.encoding) as stream:
        on = console(stream, no_color=no_color)
        display = WorkerDisplay(on, video_of, detailed=detailed)
        ending = threading.Event()
        reader = threading.Thread(target=_relay, args=(source, display, ending), daemon=True)
        try:
            os.dup2(sink, 2)
            reader.start()
            with display.shown():
                yield display.note
        finally:
            sys.stderr.flush()
            os.dup2(terminal, 2)
            ending.set()
            os.write(sink, b"\n")  # wakes the reader: other processes may keep the pipe open
            reader.join()
            for descriptor in (source, sink, terminal):
                os.close(descriptor)


def _relay(source: int, display: WorkerDisplay, ending: threading.Event) -> None:
    """Print the lines read from a pipe."""
    left = b""
    while not ending.is_set():
        *lines, left = (left + os.read(source, CHUNK_BYTES)).split(b"\n")
        for line in filter(None, lines):
            display.note(line.decode(errors="replace"))
