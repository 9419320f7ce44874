"""What clients poll: a job as it was committed last, whether it is kept in memory or not."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Engine

from jobs import repository
from jobs.database import open_engine
from jobs.exceptions import JobNotFound, StorageFull
from jobs.models import JobRecord, JobStatus
from jobs.queue.memory import MemoryQueueService
from jobs.repository import log_of
from jobs.store import resident
from jobs.store.owner import OwnedJobStore
from jobs.tests.test_resident import file_size_limit

ORDER = list(JobStatus)


def submit(store: OwnedJobStore) -> JobRecord:
    job_id = uuid.uuid4()
    return store.submit(job_id, "yolo_ocr", f"video_jobs/{job_id}.mp4")


def started_again(store: OwnedJobStore) -> JobRecord:
    (interrupted,) = store.start_worker()
    return interrupted


def test_each_change_is_seen_at_once(owned: OwnedJobStore) -> None:
    job = submit(owned)
    changes: list[Callable[[], JobRecord | None]] = [
        owned.claim,
        lambda: owned.give_back(job.job_id),
        owned.claim,
        lambda: started_again(owned),
        owned.claim,
        lambda: owned.complete(job.job_id, "video_jobs/r.json"),
    ]
    assert owned.get(job.job_id) == job
    for change in changes:
        changed = change()
        assert owned.get(job.job_id) == changed


def test_what_is_not_committed_is_not_seen(owned: OwnedJobStore) -> None:
    job = submit(owned)
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


def test_commit_that_fails_is_not_seen(tmp_path: Path) -> None:
    database = tmp_path / "jobs.duckdb"
    store = OwnedJobStore(open_engine(database), MemoryQueueService)
    job = submit(store)
    claimed = store.claim()
    with file_size_limit(log_of(database).stat().st_size), pytest.raises(StorageFull):
        store.fail(job.job_id, "no frames")
    assert store.get(job.job_id) == claimed
    assert store.fail(job.job_id, "no frames") == store.get(job.job_id) != claimed
    store.close()


def test_after_a_failure_past_the_commit_the_row_is_read(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The log's name may not be on the disk yet: an error for the worker, which asks again."""
    store = OwnedJobStore(engine, MemoryQueueService)
    job = submit(store)
    store.claim()

    def refuse() -> None:
        raise StorageFull

    with monkeypatch.context() as patch, pytest.raises(StorageFull):
        patch.setattr(store._database, "_settle", refuse)
        store.complete(job.job_id, "video_jobs/r.json")
    assert store.get(job.job_id).status is JobStatus.COMPLETED
    store.close()


def test_job_that_is_kept_no_more_is_read(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(repository, "CACHED_JOBS", 2)
    store = OwnedJobStore(engine, MemoryQueueService)
    jobs = [submit(store) for _ in range(5)]
    assert [store.get(job.job_id) for job in jobs] == jobs
    for job in jobs:
        store.claim()
        done = store.complete(job.job_id, "video_jobs/r.json")
        assert store.get(job.job_id) == done
    assert {store.get(job.job_id).status for job in jobs} == {JobStatus.COMPLETED}
    store.close()


def test_jobs_of_an_earlier_owner_are_read(tmp_path: Path) -> None:
    database = tmp_path / "jobs.duckdb"
    first = OwnedJobStore(open_engine(database), MemoryQueueService)
    jobs = [submit(first) for _ in range(2)]
    first.claim()
    done = first.complete(jobs[0].job_id, "video_jobs/r.json")
    first.close()
    second = OwnedJobStore(open_engine(database), MemoryQueueService)
    for _ in range(2):
        assert [second.get(job.job_id) for job in jobs] == [done, jobs[1]]
        with pytest.raises(JobNotFound):
            second.get(uuid.uuid4())
    begun = second.claim()
    assert begun is not None and second.get(jobs[1].job_id) == begun
    second.close()


def test_pollers_never_see_a_job_go_back(owned: OwnedJobStore) -> None:
    """Many poll while one worker goes on; some of the jobs are kept in memory, some are not."""
    jobs = [submit(owned) for _ in range(20)]
    over = threading.Event()
    wrong: list[tuple[JobRecord, JobRecord]] = []

    def poll() -> None:
        last = {job.job_id: job for job in jobs}
        while True:
            at_the_end = over.is_set()
            for job_id, before in last.items():
                now = owned.get(job_id)
                if ORDER.index(now.status) < ORDER.index(before.status):
                    wrong.append((before, now))
                last[job_id] = now
            if at_the_end:
                wrong.extend((job, job) for job in last.values() if job.status != "completed")
                return

    pollers = [threading.Thread(target=poll) for _ in range(3)]
    for poller in pollers:
        poller.start()
    for job in jobs:
        owned._database._cache.forget([job.job_id])
        assert owned.claim() is not None
        owned.complete(job.job_id, "video_jobs/r.json")
    over.set()
    for poller in pollers:
        poller.join()
    assert wrong == []


def test_removed_job_is_gone_also_while_it_is_looked_up(
    owned: OwnedJobStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its row was read before it was deleted: the cache must not keep it."""
    job = submit(owned)
    owned.claim()
    done = owned.complete(job.job_id, "video_jobs/r.json")
    database = owned._database
    database._cache.forget([job.job_id])
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
