"""The jobs that clients poll, as their rows are."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from uuid import UUID

from jobs.models import JobRecord, JobStatus

# About 10 MB. Who asks for an older job waits for its row, a third of a millisecond.
MOST = 10_000
FINAL = (JobStatus.COMPLETED, JobStatus.FAILED)


class RecentJobs:
    """Jobs that need not be looked up; never one that its row does not say, or not yet.

    A job that is still to change gets here by its own commit alone, and is taken out before the
    next one: whoever asks meanwhile waits for the row. A row in a final status changes no more,
    so that one may be kept which was read. Safe to use from several threads.
    """

    def __init__(self) -> None:
        self._jobs: dict[UUID, JobRecord] = {}
        self._changing = threading.Lock()

    def get(self, job_id: UUID) -> JobRecord | None:
        return self._jobs.get(job_id)

    def committed(self, jobs: Iterable[JobRecord]) -> None:
        """Keep jobs as a commit left them; nothing else may be written meanwhile."""
        with self._changing:
            for job in jobs:
                self._jobs[job.job_id] = job
            while len(self._jobs) > MOST:
                del self._jobs[next(iter(self._jobs))]

    def read(self, job: JobRecord) -> None:
        """Keep a job that was read if it changes no more."""
        if job.status in FINAL:
            self.committed([job])

    def forget(self, job_ids: Iterable[UUID]) -> None:
        """Called before their rows change."""
        with self._changing:
            for job_id in job_ids:
                self._jobs.pop(job_id, None)
