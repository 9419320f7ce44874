"""`manage.py remove_jobs`: delete finished jobs, also while API and worker run."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.template.defaultfilters import filesizeformat

from jobs.composition import data_folder, job_store, storage, stored_size
from jobs.exceptions import JobsError
from jobs.models import FINAL, JobStatus
from jobs.storage.local import disk_errors
from jobs.storage.names import NAMES, video_name

BATCH = 1000


class NotFinished(JobsError):
    """Only completed and failed jobs can be removed."""


class Command(BaseCommand):
    """Deletes the finished jobs that match all given conditions: ID, status, age."""

    help = "Permanently remove completed and failed jobs: videos, results and rows."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("job_ids", nargs="*", type=UUID, metavar="JOB_ID")
        parser.add_argument("--status", choices=[status.value for status in FINAL])
        parser.add_argument(
            "--older-than",
            type=float,
            metavar="DAYS",
            help="that ended at least this long ago",
        )
        parser.add_argument("--keep-results", action="store_true", help="remove only the videos")
        parser.add_argument("--yes", action="store_true", help="do not ask for confirmation")

    def handle(self, *args: Any, **options: Any) -> None:
        days, status = options["older_than"], options["status"]
        if not options["job_ids"] and status is None and days is None:
            raise CommandError("Choose jobs by job ID, --status or --older-than.")
        if days is not None and not 0 <= days < 100_000:
            raise CommandError("--older-than must be a number of days.")
        statuses = FINAL if status is None else (JobStatus(status),)
        before = datetime.now(UTC) - timedelta(days=days or 0.0)
        try:
            job_store().join()
            found = partial(selected, options["job_ids"], statuses, before)
            self._remove(found, keep_results=options["keep_results"], ask=not options["yes"])
        except JobsError as error:
            raise CommandError(f"{error} Data folder: {data_folder()}") from error
        finally:
            job_store().close()

    def _remove(
        self, selected: Callable[[], Iterator[UUID]], *, keep_results: bool, ask: bool
    ) -> None:
        number = size = 0
        for job_id in selected():
            number += 1
            size += size_of(job_id, keep_results=keep_results)
        jobs = f"{number} job{'' if number == 1 else 's'}"
        what = f"the videos of {jobs}" if keep_results else f"{jobs} with videos and results"
        what = f"{what} ({filesizeformat(size)}) in {data_folder()}"
        if number and ask and input(f"Remove {what}? [y/N] ").strip().lower() not in ("y", "yes"):
            raise CommandError("Nothing was removed.")
        if number:
            for job_id in selected():
                remove(job_id, keep_results=keep_results)
        self.stdout.write(f"Removed {what}." if number else "No finished job matches.")


def selected(
    job_ids: Sequence[UUID], statuses: Sequence[JobStatus], before: datetime
) -> Iterator[UUID]:
    """The IDs of jobs with one of the statuses that ended before a time, oldest first.

    `job_ids` restricts them to these jobs, all of which must exist and be finished: raises
    JobNotFound and NotFinished. Rows are read in batches.
    """
    for job_id in job_ids:
        job = job_store().get(job_id)
        if not job.status.is_final:
            raise NotFinished(f"Job {job_id} is {job.status}. {NotFinished.__doc__}")
    conditions = f"status IN ({', '.join('?' * len(statuses))}) AND updated_at < ?"
    values: list[Any] = [*statuses, before.astimezone(UTC).replace(tzinfo=None)]
    if job_ids:
        conditions += f" AND job_id IN ({', '.join('?' * len(job_ids))})"
        values += job_ids
    statement = (
        f"SELECT updated_at, job_id FROM jobs WHERE {conditions} "  # noqa: S608  # nosec B608
        f"AND (updated_at, job_id) > (?, ?) ORDER BY updated_at, job_id LIMIT {BATCH}"
    )
    last: tuple[Any, ...] = datetime.min, UUID(int=0)
    while rows := job_store().select(statement, [*values, *last]).rows:
        last = rows[-1]
        for _, job_id in rows:
            yield job_id


def size_of(job_id: UUID, *, keep_results: bool) -> int:
    """The number of bytes that `remove` would free."""
    return sum(stored_size(n) or 0 for n in _names(job_id, keep_results=keep_results))


def remove(job_id: UUID, *, keep_results: bool) -> None:
    """Delete a finished job, or only its video; idempotent.

    Only the job's own files are deleted, and links instead of their targets. The row comes last,
    so that an interrupted removal can be repeated.
    """
    with disk_errors():
        for name in _names(job_id, keep_results=keep_results):
            storage().delete_file(name)
    if not keep_results:
        job_store().remove(job_id)


def _names(job_id: UUID, *, keep_results: bool) -> list[str]:
    return [name(job_id) for name in ([video_name] if keep_results else NAMES)]
