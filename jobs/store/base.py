"""The contract of the job store."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from jobs.listing import JobPage, JobQuery
from jobs.models import JobRecord
from jobs.queue.base import QueueService


@dataclass(frozen=True, slots=True)
class Table:
    """The answer to a query: column names with DuckDB's type names, and the rows."""

    columns: list[tuple[str, str]]
    rows: list[tuple[Any, ...]]


class JobStore(QueueService):
    """The job rows and the queue of their ids.

    A caller whose call was cut by the owner's death cannot know whether it happened, so each
    operation may be repeated: it then changes nothing and answers as it did the first time.
    All operations raise StoreUnavailable when the store does not answer in time.
    """

    @abstractmethod
    def submit(self, job_id: UUID, pipeline_id: str, input_path: str) -> JobRecord:
        """Make a pending job, durably, then queue its id."""

    @abstractmethod
    def get(self, job_id: UUID) -> JobRecord:
        """The job; raises JobNotFound."""

    @abstractmethod
    def list_jobs(self, query: JobQuery) -> JobPage:
        """One page of jobs, newest first, with the numbers beside it, all of one moment."""

    @abstractmethod
    def start_worker(self) -> list[JobRecord]:
        """Give the running jobs of a dead worker back, and queue all pending jobs anew.

        Called by the one worker when it starts. A job interrupted for the second time becomes
        failed. Returns the interrupted jobs as they are now.
        """

    @abstractmethod
    def claim(self, timeout: float = 0.0) -> JobRecord | None:
        """Take the next id off the queue and make its job running.

        Waits up to `timeout` seconds. Returns the job that this worker already holds, if any.
        """

    @abstractmethod
    def complete(self, job_id: UUID, output_path: str) -> JobRecord:
        """running → completed; raises WrongTransition from any other status."""

    @abstractmethod
    def fail(self, job_id: UUID, error_message: str) -> JobRecord:
        """running → failed; raises WrongTransition from any other status."""

    @abstractmethod
    def give_back(self, job_id: UUID) -> JobRecord:
        """running → pending, because the worker stops; raises WrongTransition otherwise."""

    @abstractmethod
    def select(self, sql: str, parameters: Sequence[Any] = ()) -> Table:
        """Run one read-only statement (`?` marks parameters); ValueError for any other."""
