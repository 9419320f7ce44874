"""What clients poll: a job as it was committed last."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
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
        owned._database.write(begin, owned._update_queue)
    poll()
    owned._database.write(begin, owned._update_queue)
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
        patch.setattr(store._database, "_sync_log", refuse)
        store.complete(job.job_id, "video_jobs/r.json")
    assert store.get(job.job_id).status is JobStatus.COMPLETED
    store.close()


def test_look_up_in_the_owners_process_has_a_deadline(engine: Engine, tmp_path: Path) -> None:
    store = OwnedJobStore(engine, MemoryQueueService)
    gateway = JobStoreGateway(tmp_path, lambda: store)
    gateway.join()
    job = new_job(store)
    store._database._cache.clear()
    with store._database._lookup_lock, gateway.within(0.1):
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


def test_job_that_is_not_cached_any_more_is_read(
    owned: OwnedJobStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resident, "CACHED_JOBS", 2)
    jobs = [new_job(owned) for _ in range(5)]
    assert [owned.get(job.job_id) for job in jobs] == jobs
    for job in jobs:
        owned.claim()
        assert owned.complete(job.job_id, "video_jobs/r.json") == owned.get(job.job_id)
    assert {owned.get(job.job_id).status for job in jobs} == {JobStatus.COMPLETED}
    assert len(owned._database._cache) == 2


def test_removed_job_is_gone_also_while_it_is_looked_up(
    owned: OwnedJobStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its row was read before it was deleted: the cache must not keep it."""
    job = new_job(owned)
    owned.claim()
    done = owned.complete(job.job_id, "video_jobs/r.json")
    database = owned._database
    database._cache.clear()
    removing = threading.Thread(target=owned.remove, args=(job.job_id,))
    look_up = database._prepared.get

    def slowly(job_id: uuid.UUID) -> JobRecord:
        found = look_up(job_id)
        removing.start()
        removing.join(0.3)
        return found

    with monkeypatch.context() as patch:
        patch.setattr(database._prepared, "get", slowly)
        assert owned.get(job.job_id) == done
    removing.join()
    with pytest.raises(JobNotFound):
        owned.get(job.job_id)


def test_pollers_never_see_a_job_go_back(owned: OwnedJobStore) -> None:
    """Many poll while one worker goes on; some of the jobs are cached, some are not."""
    order, jobs = list(JobStatus), [new_job(owned) for _ in range(20)]
    over = threading.Event()

    def poll() -> list[list[int]]:
        seen = []
        while not over.is_set():
            seen.append([order.index(owned.get(job.job_id).status) for job in jobs])
        return seen

    with ThreadPoolExecutor(3) as pool:
        polling = [pool.submit(poll) for _ in range(3)]
        for job in jobs:
            owned._database._cache.pop(job.job_id)
            assert owned.claim() is not None
            owned.complete(job.job_id, "video_jobs/r.json")
        over.set()
    for each in polling:
        for before, after in pairwise(each.result()):
            assert all(old <= new for old, new in zip(before, after, strict=True))
    assert {owned.get(job.job_id).status for job in jobs} == {JobStatus.COMPLETED}
