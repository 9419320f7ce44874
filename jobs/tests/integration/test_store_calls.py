"""Each call of the job store, made by the owner and made over its socket: the same answers."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event
from sqlalchemy.exc import DBAPIError

from jobs.exceptions import (
    JobNotFound,
    StorageFull,
    StoreClosed,
    StoreUnavailable,
    WrongTransition,
)
from jobs.models import JobRecord, JobStatus
from jobs.queue.memory import MemoryQueueService
from jobs.store.gateway import JobStoreGateway
from jobs.store.owner import INTERRUPTED_ONCE, OwnedJobStore
from jobs.tests.conftest import new_job
from jobs.tests.store_process import call, connected

LONG_S = 30.0


class Faulty(OwnedJobStore):
    """Fails in `get` in a way that nobody foresaw."""

    def get(self, job_id: uuid.UUID) -> JobRecord:
        raise RuntimeError("/secret/path")


class Timed(MemoryQueueService):
    """Knows how long it was asked to wait."""

    waits: list[float]

    def __init__(self) -> None:
        super().__init__()
        Timed.waits = []

    def dequeue(self, timeout: float = 0.0) -> uuid.UUID | None:
        self.waits.append(timeout)
        return super().dequeue(timeout)


@pytest.fixture
def owner(engine: Engine, tmp_path: Path) -> Iterator[JobStoreGateway]:
    gateway = JobStoreGateway(tmp_path, lambda: OwnedJobStore(engine, Timed))
    gateway.join()
    yield gateway
    gateway.close()


@pytest.fixture(params=["owner", "client"])
def store(
    request: pytest.FixtureRequest, owner: JobStoreGateway, tmp_path: Path
) -> Iterator[JobStoreGateway]:
    if request.param == "owner":
        yield owner
        return
    client = JobStoreGateway(tmp_path, lambda: pytest.fail("two owners"))
    yield client
    assert not client.owns_store
    client.close()


def test_life_of_a_job(store: JobStoreGateway) -> None:
    job_id = uuid.uuid4()
    job = store.submit(job_id, "yolo_ocr", "video_jobs/a.mp4")
    assert (job.job_id, job.status) == (job_id, JobStatus.PENDING)
    assert (job.pipeline_id, job.input_path) == ("yolo_ocr", "video_jobs/a.mp4")
    assert store.get(job_id) == job
    running = store.claim()
    assert running is not None
    assert (running.job_id, running.status) == (job_id, JobStatus.RUNNING)
    given = store.give_back(job_id)
    assert (given.job_id, given.status, given.error_message) == (job_id, JobStatus.PENDING, None)
    assert store.claim() == store.get(job_id)
    (interrupted,) = store.start_worker()
    assert (interrupted.job_id, interrupted.error_message) == (job_id, INTERRUPTED_ONCE)
    assert store.claim() is not None
    done = store.complete(job_id, "video_jobs/a_results.json")
    assert (done.job_id, done.status) == (job_id, JobStatus.COMPLETED)
    assert done.output_path == "video_jobs/a_results.json"
    assert done.error_message is None


def test_errors_arrive_as_they_were_raised(store: JobStoreGateway) -> None:
    job = new_job(store)
    with pytest.raises(JobNotFound, match=r"^There is no job with this ID\.$"):
        store.get(uuid.uuid4())
    message = r"^The job is pending, so it cannot become completed\.$"
    with pytest.raises(WrongTransition, match=message):
        store.complete(job.job_id, "video_jobs/r.json")


def test_calls_wait_as_long_as_they_are_asked_to(store: JobStoreGateway) -> None:
    assert store.claim() is None
    assert store.claim(0.01) is None
    assert store.claim(timeout=0.01) is None
    assert Timed.waits[0] == 0.0
    assert all(0.0 < wait <= 0.01 for wait in Timed.waits[1:])


def test_call_may_wait_longer_than_an_answer_may_take(
    owner: JobStoreGateway, tmp_path: Path
) -> None:
    client = JobStoreGateway(tmp_path, lambda: pytest.fail("two owners"), timeout=1.0)
    assert client.claim(1.1) is None
    assert client.claim(timeout=1.1) is None
    client.close()


def test_each_thread_has_a_connection_of_its_own(store: JobStoreGateway) -> None:
    """A call that waits keeps no other one waiting."""
    claimed: list[JobRecord | None] = []
    waiting = threading.Thread(target=lambda: claimed.append(store.claim(LONG_S)))
    waiting.start()
    job = new_job(store)
    waiting.join()
    assert [held.job_id for held in claimed if held] == [job.job_id]


def test_what_nobody_foresaw_is_logged_and_says_nothing(
    engine: Engine, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    owner = JobStoreGateway(tmp_path, lambda: Faulty(engine, MemoryQueueService))
    assert owner.claim() is None
    client = JobStoreGateway(tmp_path, lambda: pytest.fail("two owners"))
    with pytest.raises(StoreUnavailable, match=r"^The job store is not responding") as caught:
        client.get(uuid.uuid4())
    assert type(caught.value) is StoreUnavailable
    assert "The job store failed in get" in caplog.messages
    assert "/secret/path" in caplog.text
    client.close()
    owner.close()


def test_unknown_operation_is_refused(owner: JobStoreGateway, tmp_path: Path) -> None:
    wire = connected(tmp_path)
    for operation in ("close", "_finish", "undelivered", "__class__"):
        succeeded, error = call(wire, operation)
        assert not succeeded
        assert str(error).startswith(f"The job store has no operation '{operation}'")
        assert isinstance(error, ValueError)
    assert call(wire, "size") == (True, 0)
    wire.close()


def test_closed_store_refuses_every_call(store: JobStoreGateway) -> None:
    store.join()
    store.close()
    calls: list[Any] = [store.size, store.claim, store.start_worker, store.join]
    for each in calls:
        with pytest.raises(StoreClosed, match=r"^The job store has been closed in this process"):
            each()


@pytest.mark.parametrize(
    ("reason", "expected"),
    [("No space left on device: /secret/path", StorageFull), ("/secret/path", StoreUnavailable)],
)
def test_failed_write_is_told_and_the_next_one_works(
    owned: OwnedJobStore, engine: Engine, reason: str, expected: type[StoreUnavailable]
) -> None:
    def fail(*context: Any) -> None:
        raise DBAPIError.instance("INSERT", None, OSError(reason), OSError)

    event.listen(engine, "before_cursor_execute", fail)
    with pytest.raises(expected) as caught:
        new_job(owned)
    assert type(caught.value) is expected
    assert "/secret/path" not in str(caught.value)
    event.remove(engine, "before_cursor_execute", fail)
    assert owned.size() == 0
    assert new_job(owned).status is JobStatus.PENDING
