"""The way of a job from its submission to its end, as far as it is known."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from jobs.models import JobRecord, JobStatus
from jobs.run_record import RunRecord

ENDED = (JobStatus.COMPLETED, JobStatus.FAILED)
NAMES = {JobStatus.COMPLETED: "Completed", JobStatus.FAILED: "Failed"}


@dataclass(frozen=True, slots=True)
class Step:
    """Something that happened; `took` is the time from it to the next one, or until now.

    `doing` says what that time was spent with.
    """

    name: str
    at: datetime
    doing: str = ""
    took: timedelta | None = None
    goes_on: bool = False


def life(job: JobRecord, record: RunRecord | None, now: datetime) -> list[Step]:
    """In order. Without the worker's record the start of a job that has ended is not known."""
    submitted, changed = job.created_at, job.updated_at
    if job.status is JobStatus.PENDING:
        return [Step("Submitted", submitted, "waiting", _between(submitted, now), True)]
    if job.status is JobStatus.RUNNING:  # the row changed when the worker took the job
        return [
            Step("Submitted", submitted, "waited", _between(submitted, changed)),
            Step("Started", changed, "running", _between(changed, now), True),
        ]
    if record is None or not submitted <= record.started_at <= changed:
        return [
            Step("Submitted", submitted, "took", _between(submitted, changed)),
            Step(NAMES[job.status], changed),
        ]
    started, ended = record.started_at, min(record.finished_at, changed)
    return [
        Step("Submitted", submitted, "waited", _between(submitted, started)),
        Step("Started", started, "ran", _between(started, ended)),
        Step(NAMES[job.status], ended),
    ]


def _between(before: datetime, after: datetime) -> timedelta:
    return max(after - before, timedelta(0))
