"""A queue in memory."""

from __future__ import annotations

import queue
from uuid import UUID

from jobs.queue.base import QueueService


class MemoryQueueService(QueueService):
    """A `queue.Queue`. It is lost with its process; the next one rebuilds it from pending rows."""

    def __init__(self) -> None:
        self._queue: queue.Queue[UUID] = queue.Queue()

    def enqueue(self, job_id: UUID) -> None:
        self._queue.put(job_id)

    def dequeue(self, timeout: float = 0.0) -> UUID | None:
        try:
            return self._queue.get(block=timeout > 0, timeout=timeout or None)
        except queue.Empty:
            return None

    def size(self) -> int:
        return self._queue.qsize()
