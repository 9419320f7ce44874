"""Removing finished jobs for good: their videos, their results and their rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from jobs.composition import job_store, storage
from jobs.disk import disk_errors
from jobs.exceptions import JobsError, StoredFileMissing
from jobs.models import JobStatus
from jobs.storage.names import names_of, video_name

BATCH = 1000
FINAL = tuple(status for status in JobStatus if status.is_final)


class NotFinished(JobsError):
    """Only completed and failed jobs can be removed."""


@dataclass(frozen=True, slots=True)
class Selection:
    """Which finished jobs: those that meet every condition. `before`: when they ended, aware."""

    job_ids: Sequence[UUID] = ()
    statuses: Sequence[JobStatus] = FINAL
    before: datetime = field(default_factory=lambda: datetime.now(UTC))


def selected(selection: Selection) -> Iterator[UUID]:
    """The IDs of the jobs, those first that ended first, read in batches.

    Raises JobNotFound and NotFinished if a job is named that is not there or not finished.
    """
    for job_id in selection.job_ids:
        job = job_store().get(job_id)
        if not job.status.is_final:
            raise NotFinished(f"Job {job_id} is {job.status}. {NotFinished.__doc__}")
    conditions, values = _conditions(selection)
    last: list[Any] = [datetime.min, UUID(int=0)]
    while True:
        rows = (
            job_store()
            .select(
                f"SELECT updated_at, job_id FROM jobs WHERE {conditions} "  # noqa: S608  # nosec B608
                f"AND (updated_at, job_id) > (?, ?) ORDER BY updated_at, job_id LIMIT {BATCH}",
                [*values, *last],
            )
            .rows
        )
        if not rows:
            return
        last = list(rows[-1])
        for _, job_id in rows:
            yield job_id


def size_of(job_id: UUID, *, keep_results: bool) -> int:
    """How many bytes of the storage `remove` would free."""
    return sum(_size(name) for name in _names(job_id, keep_results=keep_results))


def remove(job_id: UUID, *, keep_results: bool) -> None:
    """Remove a finished job, or only its video; once more if it was broken off.

    Only files of this job's names go: where one is a symbolic link, the link. The row is the last,
    so that what is left of a removal that was broken off can still be found.
    """
    with disk_errors():
        for name in _names(job_id, keep_results=keep_results):
            storage().delete_file(name)
    if not keep_results:
        job_store().remove(job_id)


def _names(job_id: UUID, *, keep_results: bool) -> tuple[str, ...]:
    return (video_name(job_id),) if keep_results else names_of(job_id)


def _size(name: str) -> int:
    try:
        return storage().load_file(name).lstat().st_size
    except (StoredFileMissing, FileNotFoundError):
        return 0


def _conditions(selection: Selection) -> tuple[str, list[Any]]:
    conditions = [f"status IN ({', '.join('?' * len(selection.statuses))})", "updated_at < ?"]
    values: list[Any] = [status.value for status in selection.statuses]
    values.append(selection.before.astimezone(UTC).replace(tzinfo=None))
    if selection.job_ids:
        conditions.append(f"job_id IN ({', '.join('?' * len(selection.job_ids))})")
        values += selection.job_ids
    return " AND ".join(conditions), values
