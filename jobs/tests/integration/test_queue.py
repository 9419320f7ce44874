"""One contract for every queue."""

from __future__ import annotations

import threading
import time
import uuid

import pytest

from jobs.queue.base import QueueService
from jobs.queue.memory import MemoryQueueService


@pytest.fixture(params=[MemoryQueueService])
def queue(request: pytest.FixtureRequest) -> QueueService:
    service: QueueService = request.param()
    return service


def test_enqueue(queue: QueueService) -> None:
    queue.enqueue(uuid.uuid4())
    assert queue.size() == 1


def test_dequeue(queue: QueueService) -> None:
    job_id = uuid.uuid4()
    queue.enqueue(job_id)
    assert queue.dequeue() == job_id
    assert queue.size() == 0


def test_dequeue_empty(queue: QueueService) -> None:
    assert queue.dequeue() is None
    begun = time.monotonic()
    assert queue.dequeue(timeout=0.05) is None
    assert time.monotonic() - begun >= 0.05


def test_dequeue_wakes_when_an_id_comes(queue: QueueService) -> None:
    job_id = uuid.uuid4()
    threading.Timer(0.05, queue.enqueue, (job_id,)).start()
    assert queue.dequeue(timeout=30) == job_id


def test_fifo_order(queue: QueueService) -> None:
    ids = [uuid.uuid4() for _ in range(10)]
    for job_id in ids:
        queue.enqueue(job_id)
    assert [queue.dequeue() for _ in ids] == ids


def test_size(queue: QueueService) -> None:
    assert queue.size() == 0
    for _ in range(3):
        queue.enqueue(uuid.uuid4())
    assert queue.size() == 3


def test_thread_safety(queue: QueueService) -> None:
    ids = [uuid.uuid4() for _ in range(200)]
    taken: list[uuid.UUID | None] = []

    def put(part: list[uuid.UUID]) -> None:
        for job_id in part:
            queue.enqueue(job_id)

    def take() -> None:
        for _ in range(50):
            taken.append(queue.dequeue(timeout=30))

    threads = [threading.Thread(target=put, args=(ids[n::4],)) for n in range(4)]
    threads += [threading.Thread(target=take) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(map(str, taken)) == sorted(map(str, ids))
    assert queue.size() == 0
