"""The contract of the job store, and the deadline of a call."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from jobs.models import JobPage, JobQuery, JobRecord

# Of the call that this thread serves, on `time.monotonic`: work on the database that has not begun
# by then raises StoreUnavailable.
DEADLINE: ContextVar[float] = ContextVar("deadline", default=float("inf"))


@dataclass(frozen=True, slots=True)
class Table:
    """The result of a query: column names with DuckDB's type names, and the first rows."""

    columns: list[tuple[str, str]]
    rows: list[tuple[Any, ...]]
    truncated: bool = False


class JobStore(ABC):
    """The job rows, and the queue of pending jobs that the worker takes them from.

    A caller whose connection broke cannot know whether its call took effect, so every operation is
    idempotent: repeated, it changes nothing and returns the same. All operations raise
    StoreUnavailable when the store does not answer in time.
    """

    @abstractmethod
    def submit(self, job_id: UUID, pipeline_id: str, input_path: str) -> JobRecord:
        """Create a pending job, durably, and queue it."""

    @abstractmethod
    def exists(self, job_id: UUID) -> bool:
        """Whether the job has a row, once every write that has begun is over.

        Decides what became of a submission that got no answer in time.
        """

    @abstractmethod
    def get(self, job_id: UUID) -> JobRecord:
        """The job; raises JobNotFound."""

    @abstractmethod
    def list_jobs(self, query: JobQuery) -> JobPage:
        """One page of jobs, newest first, and the counts, in one snapshot."""

    @abstractmethod
    def start_worker(self) -> list[JobRecord]:
        """Give back the jobs that a dead worker left running; returns them as they are now.

        The worker calls this when it starts. A job that is interrupted a second time fails.
        """

    @abstractmethod
    def claim(self, timeout: float = 0.0) -> JobRecord | None:
        """Take the next pending job and make it running; None if there is none.

        Waits up to `timeout` seconds. Returns the job that the worker already holds, if any.
        """

    @abstractmethod
    def complete(self, job_id: UUID, output_path: str) -> JobRecord:
        """running → completed; raises WrongTransition from any other status."""

    @abstractmethod
    def fail(self, job_id: UUID, error_message: str) -> JobRecord:
        """running → failed; raises WrongTransition from any other status."""

    @abstractmethod
    def give_back(self, job_id: UUID) -> JobRecord:
        """running → pending, without counting an interruption; raises WrongTransition."""

    @abstractmethod
    def remove(self, job_id: UUID) -> None:
        """Delete the row of a completed or failed job; raises WrongTransition for any other."""

    @abstractmethod
    def select(self, sql: str, parameters: Sequence[Any] = ()) -> Table:
        """Run one read-only statement (`?` marks parameters); ValueError for any other."""

    @abstractmethod
    def size(self) -> int:
        """How many jobs are queued."""


class OwnedStore(JobStore):
    """The job store in the process that owns it."""

    @abstractmethod
    def undelivered(self, job_id: UUID) -> None:
        """The caller of `claim` went away before it got this job: it has not been begun."""

    @abstractmethod
    def close(self) -> None:
        """Close the database once the current write has ended."""
