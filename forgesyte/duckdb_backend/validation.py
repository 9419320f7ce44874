"""`manage.py check --database default`."""

from __future__ import annotations

from typing import Any

from django.core.checks import CheckMessage, Error
from django.db.backends.base.validation import BaseDatabaseValidation

from jobs.composition import job_store
from jobs.exceptions import JobsError

READ_ONE = "SELECT job_id FROM jobs LIMIT 1"


class DatabaseValidation(BaseDatabaseValidation):
    def check(self, **kwargs: Any) -> list[CheckMessage]:
        """An error with the store's own words when it cannot be reached or read."""
        try:
            job_store().join()
            job_store().select(READ_ONE)
        except (JobsError, ValueError) as error:
            return [
                Error(
                    str(error),
                    hint="The job store is what `serve` and `run_worker` read and write.",
                    obj="DATABASES['default']",
                    id="forgesyte.E001",
                )
            ]
        return []
