"""What happens to the worker's jobs, as values that go with its log lines."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from jobs.models import JobRecord
from pipeline.results import RunSummary


@dataclass(frozen=True)
class JobBegun:
    """The worker has a job in hand."""

    job: JobRecord


@dataclass(frozen=True)
class JobFault:
    """Why the job in hand fails; JobEnded follows."""

    message: str


@dataclass(frozen=True)
class JobEnded:
    """The job as it was recorded; there is a summary if its video was read to the end."""

    job: JobRecord
    seconds: float
    summary: RunSummary | None


Event = JobBegun | JobFault | JobEnded


def about(event: Event) -> dict[str, Event]:
    """The `extra` of the log line that tells of the event."""
    return {"event": event}


def event_of(record: logging.LogRecord) -> Event | None:
    """The event that a log line tells of, if it tells of one."""
    event: Event | None = getattr(record, "event", None)
    return event
