"""What the settings choose, and what becomes of it in a forked child."""

from __future__ import annotations

import os
import uuid
from pathlib import Path
from typing import Any

from jobs import composition
from jobs.management.commands.run_worker import build_worker
from jobs.models import JobStatus
from jobs.queue.memory import MemoryQueueService
from jobs.worker import JobWorker


class NamedQueue(MemoryQueueService):
    """A queue with an option."""

    names: list[str] = []

    def __init__(self, name: str) -> None:
        super().__init__()
        self.names.append(name)


def test_queue_is_the_one_of_the_settings(data_folder: Path, settings: Any) -> None:
    settings.JOB_QUEUE = {
        "BACKEND": f"{__name__}.{NamedQueue.__name__}",
        "OPTIONS": {"name": "chosen"},
    }
    assert composition.job_store().size() == 0
    assert set(NamedQueue.names) == {"chosen"}


def test_worker_is_one_on_this_store(data_folder: Path) -> None:
    worker = build_worker()
    assert isinstance(worker, JobWorker)
    job_id = uuid.uuid4()
    composition.job_store().submit(job_id, "yolo_ocr", "video_jobs/gone.mp4")
    assert worker.run_once() is True
    assert composition.job_store().get(job_id).status is JobStatus.FAILED


def test_forked_child_calls_its_parent(data_folder: Path) -> None:
    """The child has a way of its own; the parent keeps store, lock and socket."""
    parents = composition.job_store()
    parents.join()
    job_id = uuid.uuid4()
    child = os.fork()
    if child == 0:
        code = 1
        try:
            mine = composition.job_store()
            mine.submit(job_id, "yolo_ocr", "video_jobs/a.mp4")
            code = 0 if mine is not parents and not mine.owns_store else 2
        finally:
            os._exit(code)
    assert os.waitpid(child, 0)[1] == 0
    assert parents.owns_store
    assert parents.get(job_id).status is JobStatus.PENDING
