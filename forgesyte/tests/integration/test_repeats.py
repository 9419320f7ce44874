"""The filter of the log: what repeats is written once in 30 seconds."""

from __future__ import annotations

import logging
import time

import pytest

from forgesyte.repeats import REMEMBERED, RepeatFilter


def record(level: int, message: str, *args: object) -> logging.LogRecord:
    return logging.LogRecord("jobs.database", level, "", 0, message, args, None)


def test_an_error_that_repeats_is_written_once_in_30_seconds(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = 1000.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    repeats = RepeatFilter()
    written = 0
    for _ in range(600):  # a minute, five times a second for each of two processes
        now += 0.1
        written += repeats.filter(record(logging.ERROR, "The database is %s.", "gone"))
    assert written == 2


def test_what_differs_or_is_no_warning_is_written_each_time() -> None:
    repeats = RepeatFilter()
    assert all(repeats.filter(record(logging.WARNING, "job %s", n)) for n in range(REMEMBERED + 5))
    assert all(repeats.filter(record(logging.INFO, "Serving.")) for _ in range(3))
    assert repeats.filter(record(logging.WARNING, "x")) and repeats.filter(record(40, "x"))
    assert len(repeats._last) <= REMEMBERED
