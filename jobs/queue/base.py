"""The contract of a job queue."""

from __future__ import annotations

from abc import ABC, abstractmethod
from uuid import UUID


class QueueService(ABC):
    """Job ids, first in, first out; safe to use from several threads.

    The job's row is the source of truth: an id may be queued twice, or belong to a job that is no
    longer pending, so check the row after dequeuing.
    """

    @abstractmethod
    def enqueue(self, job_id: UUID) -> None:
        """Put an id at the end."""

    @abstractmethod
    def dequeue(self, timeout: float = 0.0) -> UUID | None:
        """Take the first id, waiting up to `timeout` seconds for one; None if there is none."""

    @abstractmethod
    def size(self) -> int:
        """How many ids wait."""
