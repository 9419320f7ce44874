"""Who becomes the owner of the job store, in one process: several ways to the store, no kills."""

from __future__ import annotations

import os
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from jobs.database import open_engine
from jobs.exceptions import (
    DatabaseLocked,
    StoreClosed,
    StoreUnavailable,
)
from jobs.locks import ProcessLock
from jobs.queue.memory import MemoryQueueService
from jobs.store.gateway import LOCK_NAME, JobStoreGateway
from jobs.store.owner import OwnedJobStore

LONG_S = 30.0
Make = Callable[..., JobStoreGateway]


class Opening:
    """Opens a store as often as it is asked to, after raising each of the errors once."""

    def __init__(self, *errors: BaseException) -> None:
        self.errors = list(errors)
        self.calls = 0
        self.stores: list[OwnedJobStore] = []

    def __call__(self) -> OwnedJobStore:
        self.calls += 1
        if self.errors:
            raise self.errors.pop(0)
        engine = open_engine(f":memory:{uuid.uuid4().hex}")
        self.stores.append(OwnedJobStore(engine, MemoryQueueService))
        return self.stores[-1]


@pytest.fixture
def run(tmp_path: Path) -> Path:
    return tmp_path / "data" / "run"


@pytest.fixture
def make(run: Path) -> Iterator[Make]:
    made: list[JobStoreGateway] = []

    def gateway(
        opening: Callable[[], OwnedJobStore] | None = None, timeout: float = LONG_S
    ) -> JobStoreGateway:
        made.append(JobStoreGateway(run, opening or Opening(), timeout=timeout))
        return made[-1]

    yield gateway
    for each in reversed(made):
        each.close()


@pytest.fixture
def held(run: Path) -> Iterator[ProcessLock]:
    """Somebody has the lock and answers nobody."""
    lock = ProcessLock(run / LOCK_NAME)
    assert lock.acquire()
    yield lock
    lock.release()


def free(run: Path) -> bool:
    lock = ProcessLock(run / LOCK_NAME)
    taken = lock.acquire()
    lock.release()
    return taken


def test_nothing_is_opened_before_the_first_call(make: Make, run: Path) -> None:
    opening = Opening()
    store = make(opening)
    assert not store.owns_store
    store.close()
    assert opening.calls == 0
    assert not run.exists()


def test_first_caller_owns_and_is_named(make: Make, run: Path) -> None:
    first, second = make(), make()
    first.join()
    second.join()
    assert (first.owns_store, second.owns_store) == (True, False)
    assert second._lock.holder() == str(os.getpid())
    assert not free(run)


def test_threads_open_the_store_once(make: Make) -> None:
    opening = Opening()
    store = make(opening)
    sizes: list[int] = []
    threads = [threading.Thread(target=lambda: sizes.append(store.size())) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sizes == [0] * 8
    assert opening.calls == 1


def test_closing_hands_over_to_whoever_asks_next(make: Make, run: Path) -> None:
    first, second, third = make(), make(), make()
    for store in (first, second, third):
        store.join()
    first.close()
    assert not first.owns_store
    assert second.size() == third.size() == 0
    assert (second.owns_store, third.owns_store) == (True, False)
    first.close()
    with pytest.raises(StoreClosed):
        first.size()
    for store in (second, third):
        store.close()
    assert free(run)


def test_thread_keeps_its_connection(make: Make) -> None:
    def connections() -> list[threading.Thread]:
        return [each for each in threading.enumerate() if each.name == "job-store-call"]

    first, second = make(), make()
    first.join()
    second.join()
    before = connections()
    assert [second.size() for _ in range(3)] == [0] * 3
    assert connections() == before
    assert len(before) == 2


def test_each_thread_finds_the_new_owner(make: Make) -> None:
    first, second = make(), make()
    first.join()
    sizes: list[int] = []
    connected, closed = threading.Event(), threading.Event()

    def call() -> None:
        sizes.append(second.size())
        connected.set()
        assert closed.wait(LONG_S)
        sizes.append(second.size())

    thread = threading.Thread(target=call)
    thread.start()
    second.join()
    assert connected.wait(LONG_S)
    first.close()
    closed.set()
    thread.join()
    assert [*sizes, second.size()] == [0, 0, 0]


def test_owner_that_answers_nobody_is_waited_for_and_told(held: ProcessLock, make: Make) -> None:
    store = make(timeout=0.3)
    begun = time.monotonic()
    with pytest.raises(StoreUnavailable, match=r"^The job store is not responding") as caught:
        store.size()
    assert type(caught.value) is StoreUnavailable
    assert time.monotonic() - begun > 0.15
    assert not store.owns_store


def test_owner_that_goes_away_is_replaced_by_whoever_waits(held: ProcessLock, make: Make) -> None:
    store = make()
    sizes: list[int] = []
    waiting = threading.Thread(target=lambda: sizes.append(store.size()))
    waiting.start()
    held.release()
    waiting.join(LONG_S)
    assert sizes == [0]
    assert store.owns_store


def test_database_in_another_program_is_waited_for(make: Make) -> None:
    opening = Opening(DatabaseLocked(), DatabaseLocked(), DatabaseLocked())
    store = make(opening)
    assert store.size() == 0
    assert opening.calls == 4


def test_database_that_stays_in_another_program_is_told(make: Make, run: Path) -> None:
    opening = Opening(*[DatabaseLocked() for _ in range(1000)])
    with pytest.raises(DatabaseLocked, match="Another program has the job database open"):
        make(opening, timeout=0.3).size()
    assert 2 <= opening.calls < 100
    deadline = time.monotonic() + LONG_S
    while not free(run):  # the last attempt may outlast the call
        assert time.monotonic() < deadline


@pytest.mark.parametrize("error", [KeyboardInterrupt(), SystemExit(3), RuntimeError("x")])
def test_error_in_opening_escapes_and_frees_the_lock(
    make: Make, run: Path, error: BaseException
) -> None:
    store = make(Opening(error))
    with pytest.raises(type(error)):
        store.size()
    assert free(run)
    assert store.size() == 0


def test_opening_may_outlast_the_calls_that_wait_for_it(make: Make) -> None:
    may_open = threading.Event()
    opening = Opening()

    def open_slowly() -> OwnedJobStore:
        assert may_open.wait(LONG_S)
        return opening()

    store = make(open_slowly, timeout=0.2)
    for _ in range(2):
        begun = time.monotonic()
        with pytest.raises(StoreUnavailable):
            store.size()
        assert time.monotonic() - begun < 5.0
    may_open.set()
    store.join()
    assert (store.size(), opening.calls) == (0, 1)


def test_write_that_hangs_keeps_no_other_call_waiting(make: Make) -> None:
    opening = Opening()
    store = make(opening, timeout=0.3)
    store.join()
    job_id = uuid.uuid4()
    (owned,) = opening.stores
    with owned._database._write_lock:
        calls: list[Callable[[], object]] = [
            lambda: store.exists(job_id),
            lambda: store.submit(job_id, "yolo_ocr", "a.mp4"),
        ]
        for call in calls:
            begun = time.monotonic()
            with pytest.raises(StoreUnavailable):
                call()
            assert time.monotonic() - begun < 5.0
        assert store.size() == 0
    assert store.start_worker() == []
    assert not store.exists(job_id)
