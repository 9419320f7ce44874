"""The contract of a job queue."""

from __future__ import annotations

from abc import ABC, abstractmethod
from uuid import UUID


class QueueService(ABC):
    """A thread-safe FIFO queue of job IDs.

    The job's row is the source of truth: an ID may be queued twice, or belong to a job that is no
    longer pending, so check the row after dequeuing.
    """

    @abstractmethod
    def enqueue(self, job_id: UUID) -> None:
        """Append an ID."""

    @abstractmethod
    def dequeue(self, timeout: float = 0.0) -> UUID | None:
        """Remove and return the first ID; None if there is none within `timeout` seconds."""

    @abstractmethod
    def size(self) -> int:
        """The number of queued IDs."""
