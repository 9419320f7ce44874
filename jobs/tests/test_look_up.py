"""What clients poll: a job as it was committed last."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Engine

from jobs.database import open_engine
from jobs.exceptions import JobNotFound, StorageFull, StoreUnavailable
from jobs.models import JobRecord, JobStatus
from jobs.queue.memory import MemoryQueueService
from jobs.store import resident
from jobs.store.gateway import JobStoreGateway
from jobs.store.owner import OwnedJobStore
from jobs.tests.conftest import new_job


def test_each_change_is_seen_at_once(owned: OwnedJobStore) -> None:
    job = new_job(owned)
    changes: list[Callable[[], JobRecord | None]] = [
        owned.claim,
        lambda: owned.give_back(job.job_id),
        owned.claim,
        lambda: owned.start_worker()[0],
        owned.claim,
        lambda: owned.complete(job.job_id, "video_jobs/r.json"),
    ]
    assert owned.get(job.job_id) == job
    for change in changes:
        changed = change()
        assert owned.get(job.job_id) == changed
    owned.remove(job.job_id)
    with pytest.raises(JobNotFound):
        owned.get(job.job_id)


def test_what_is_not_committed_is_not_seen(owned: OwnedJobStore) -> None:
    job = new_job(owned)
    seen = []

    def poll() -> None:
        seen.append(owned.get(job.job_id).status)

    def begin(rows: resident.Rows) -> None:
        rows.transition(job.job_id, JobStatus.PENDING, JobStatus.RUNNING)
        poller = threading.Thread(target=poll)
        poller.start()
        poller.join()
        if len(seen) == 1:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        owned._database.write(begin, owned._follow)
    poll()
    owned._database.write(begin, owned._follow)
    poll()
    pending, running = JobStatus.PENDING, JobStatus.RUNNING
    assert seen == [pending, pending, pending, running]


def test_after_a_failure_past_the_commit_the_row_is_read(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The log's name may not be on the disk yet: an error for the worker, which asks again."""
    store = OwnedJobStore(engine, MemoryQueueService)
    job = new_job(store)
    store.claim()

    def refuse() -> None:
        raise StorageFull

    with monkeypatch.context() as patch, pytest.raises(StorageFull):
        patch.setattr(store._database, "_settle", refuse)
        store.complete(job.job_id, "video_jobs/r.json")
    assert store.get(job.job_id).status is JobStatus.COMPLETED
    store.close()


def test_look_up_in_the_owners_process_has_a_deadline(engine: Engine, tmp_path: Path) -> None:
    store = OwnedJobStore(engine, MemoryQueueService)
    gateway = JobStoreGateway(tmp_path, lambda: store)
    gateway.join()
    job = new_job(store)
    with store._database._looking_up, gateway.within(0.1):
        begun = time.monotonic()
        with pytest.raises(StoreUnavailable):
            gateway.get(job.job_id)
        assert time.monotonic() - begun < 5.0
    assert gateway.get(job.job_id) == job
    assert store.get(job.job_id) == job  # the deadline was that of one call
    gateway.close()


def test_jobs_of_an_earlier_owner_are_read(tmp_path: Path) -> None:
    database = tmp_path / "jobs.duckdb"
    first = OwnedJobStore(open_engine(database), MemoryQueueService)
    jobs = [new_job(first) for _ in range(2)]
    first.claim()
    done = first.complete(jobs[0].job_id, "video_jobs/r.json")
    first.close()
    second = OwnedJobStore(open_engine(database), MemoryQueueService)
    assert [second.get(job.job_id) for job in jobs] == [done, jobs[1]]
    with pytest.raises(JobNotFound):
        second.get(uuid.uuid4())
    second.close()
