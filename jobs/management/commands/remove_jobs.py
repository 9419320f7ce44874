"""`manage.py remove_jobs`: remove finished jobs, while API and worker run."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.template.defaultfilters import filesizeformat

from jobs import removal
from jobs.composition import data_folder, job_store
from jobs.exceptions import JobsError
from jobs.models import JobStatus


class Command(BaseCommand):
    """Removes what is selected by ID, status and age: jobs that meet all that is said."""

    help = "Remove completed and failed jobs for good: videos, results and rows."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("job_ids", nargs="*", type=uuid.UUID, metavar="JOB_ID")
        parser.add_argument("--status", choices=[status.value for status in removal.FINAL])
        parser.add_argument(
            "--older-than", type=float, metavar="DAYS", help="ended at least so many days ago"
        )
        parser.add_argument(
            "--keep-results", action="store_true", help="remove nothing but the videos"
        )
        parser.add_argument("--yes", action="store_true", help="do not ask")

    def handle(self, *args: Any, **options: Any) -> None:
        days, status = options["older_than"], options["status"]
        if not options["job_ids"] and status is None and days is None:
            raise CommandError("Say which jobs: by job ID, --status or --older-than.")
        if days is not None and not 0 <= days < 100_000:
            raise CommandError("--older-than must be a number of days.")
        selection = removal.Selection(
            job_ids=options["job_ids"],
            statuses=removal.FINAL if status is None else [JobStatus(status)],
            before=datetime.now(UTC) - timedelta(days=days or 0.0),
        )
        try:
            job_store().join()
            self._remove(selection, keep_results=options["keep_results"], ask=not options["yes"])
        except JobsError as error:
            raise CommandError(f"{error} Data folder: {data_folder()}") from error
        finally:
            job_store().close()

    def _remove(self, selection: removal.Selection, *, keep_results: bool, ask: bool) -> None:
        number = size = 0
        for job_id in removal.selected(selection):
            number += 1
            size += removal.size_of(job_id, keep_results=keep_results)
        jobs = f"{number} job{'' if number == 1 else 's'}"
        what = f"the videos of {jobs}" if keep_results else f"{jobs} with videos and results"
        what = f"{what} ({filesizeformat(size)}) in {data_folder()}"
        if number and ask and input(f"Remove {what}? [y/N] ").strip().lower() not in ("y", "yes"):
            raise CommandError("Nothing was removed.")
        if number:
            for job_id in removal.selected(selection):
                removal.remove(job_id, keep_results=keep_results)
        self.stdout.write(f"Removed {what}." if number else "No finished job matches.")
