"""The contract of the job store, and the deadline of a call."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from jobs.models import JobPage, JobQuery, JobRecord

# Deadline of the call that this thread serves, on `time.monotonic`. Database work that has not
# started by then raises StoreUnavailable.
DEADLINE: ContextVar[float] = ContextVar("deadline", default=float("inf"))


@dataclass(frozen=True, slots=True)
class Table:
    """The result of a query: column names with DuckDB's type names, and the first rows."""

    columns: list[tuple[str, str]]
    rows: list[tuple[Any, ...]]
    truncated: bool = False


class JobStore(ABC):
    """The job rows, and the queue of pending jobs.

    A caller whose connection broke cannot know whether its call took effect, so every operation is
    idempotent: repeated, it changes nothing and returns the same. All operations raise
    StoreUnavailable when the store does not answer in time.
    """

    @abstractmethod
    def submit(self, job_id: UUID, pipeline_id: str, input_path: str) -> JobRecord:
        """Create a pending job, durably, and queue it."""

    @abstractmethod
    def exists(self, job_id: UUID) -> bool:
        """Whether the job has a row, once the writes in progress have ended.

        Tells whether a submission that timed out has taken effect.
        """

    @abstractmethod
    def get(self, job_id: UUID) -> JobRecord:
        """Raises JobNotFound."""

    @abstractmethod
    def list_jobs(self, query: JobQuery) -> JobPage:
        """One page of jobs, newest first, and the counts, in one snapshot."""

    @abstractmethod
    def start_worker(self) -> list[JobRecord]:
        """Give back the jobs that a dead worker left running; returns their new state.

        Called by a starting worker. A job that is interrupted a second time fails.
        """

    @abstractmethod
    def claim(self, timeout: float = 0.0) -> JobRecord | None:
        """Make the next pending job running; None if there is none within `timeout` seconds.

        If the worker already has a running job, returns that one.
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
        """Run one read-only statement with `?` placeholders; raises ValueError for any other."""

    @abstractmethod
    def size(self) -> int:
        """The number of queued jobs."""


class OwnedStore(JobStore):
    """The job store in the process that owns it."""

    @abstractmethod
    def undelivered(self, job_id: UUID) -> None:
        """Note that the caller of `claim` was gone before it received this job."""

    @abstractmethod
    def close(self) -> None:
        """Close the database after the current write."""
