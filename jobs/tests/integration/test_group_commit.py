"""Submissions that come at the same time: one commit for all, and each gets its own answer."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Engine, event

from jobs.database import open_engine
from jobs.exceptions import StorageFull
from jobs.models import JobRecord, NewJob
from jobs.queue.memory import MemoryQueueService
from jobs.repository import SqlAlchemyJobRepository
from jobs.store.owner import OwnedJobStore
from jobs.tests.conftest import claimed_in_order
from jobs.tests.integration.test_resident import file_size_limit

AT_ONCE = 6


@contextmanager
def at_once(store: OwnedJobStore, job_ids: list[uuid.UUID]) -> Iterator[list[Future[JobRecord]]]:
    """Submit the jobs while somebody else writes; that one lets go at the end of the block."""
    with ThreadPoolExecutor(len(job_ids)) as pool, store._database._write_lock:
        answers = [
            pool.submit(store.submit, job_id, "yolo_ocr", f"video_jobs/{job_id}.mp4")
            for job_id in job_ids
        ]
        while len(store._submissions) < len(job_ids):
            time.sleep(0.001)
        yield answers


def ids(number: int = AT_ONCE) -> list[uuid.UUID]:
    return [uuid.uuid4() for _ in range(number)]


def test_one_commit_for_all_that_wait(engine: Engine, owned: OwnedJobStore) -> None:
    commits: list[object] = []
    event.listen(engine, "commit", commits.append)
    job_ids = ids()
    with at_once(owned, job_ids) as answers:
        pass
    assert [answer.result().job_id for answer in answers] == job_ids
    assert [owned.get(job_id) for job_id in job_ids] == [answer.result() for answer in answers]
    assert len(commits) == 1
    assert set(claimed_in_order(owned, len(job_ids))) == set(job_ids)
    assert owned._submissions == []


def test_the_same_job_twice_at_once_is_one_job(owned: OwnedJobStore) -> None:
    (job_id,) = ids(1)
    with at_once(owned, [job_id, job_id]) as answers:
        pass
    assert answers[0].result() == answers[1].result() == owned.get(job_id)
    assert owned.select("SELECT count(*) FROM jobs").rows == [(1,)]


def test_no_room_is_told_to_all(tmp_path: Path) -> None:
    store = OwnedJobStore(open_engine(tmp_path / "jobs.duckdb"), MemoryQueueService)
    job_ids = ids()
    with file_size_limit(0):
        with at_once(store, job_ids) as answers:
            pass
        assert {type(answer.exception()) for answer in answers} == {StorageFull}
    assert store.select("SELECT count(*) FROM jobs").rows == [(0,)]
    assert store.size() == 0
    with at_once(store, job_ids) as answers:
        pass
    assert [answer.result().job_id for answer in answers] == job_ids
    store.close()


def test_an_error_is_that_of_one_and_the_others_try_again(
    owned: OwnedJobStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever commits first fails: nothing of its group is committed, and nobody is told so."""
    left = [StorageFull()]
    add = SqlAlchemyJobRepository.add

    def fail_once(rows: SqlAlchemyJobRepository, *jobs: NewJob) -> list[JobRecord]:
        if left:
            raise left.pop()
        return add(rows, *jobs)

    monkeypatch.setattr(SqlAlchemyJobRepository, "add", fail_once)
    with at_once(owned, ids()) as answers:
        pass
    failed = [answer for answer in answers if answer.exception() is not None]
    done = [answer.result() for answer in answers if answer not in failed]
    assert (len(failed), len(done)) == (1, AT_ONCE - 1)
    assert owned.select("SELECT count(*) FROM jobs").rows == [(AT_ONCE - 1,)]
    assert owned.size() == AT_ONCE - 1


def test_submissions_from_many_threads_all_become_jobs(owned: OwnedJobStore) -> None:
    job_ids = ids(80)
    started = threading.Barrier(8)

    def submit(share: list[uuid.UUID]) -> list[JobRecord]:
        started.wait()
        return [owned.submit(job_id, "yolo_ocr", f"video_jobs/{job_id}.mp4") for job_id in share]

    with ThreadPoolExecutor(8) as pool:
        shares = pool.map(submit, [job_ids[number::8] for number in range(8)])
    jobs = [job for share in shares for job in share]
    assert {job.job_id for job in jobs} == set(job_ids)
    assert set(claimed_in_order(owned, len(job_ids))) == set(job_ids)
    assert {job.input_path for job in jobs} == {f"video_jobs/{job_id}.mp4" for job_id in job_ids}
