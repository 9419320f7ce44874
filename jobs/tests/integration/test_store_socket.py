"""The owner's socket: who may call, how long anybody waits, and calls whose caller is gone."""

from __future__ import annotations

import gc
import os
import resource
import socket
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from sqlalchemy import Engine

from jobs.models import JobRecord, JobStatus
from jobs.queue.memory import MemoryQueueService
from jobs.store.owner import OwnedJobStore
from jobs.store.server import StoreServer
from jobs.store.wire import KEY_NAME, SOCKET_NAME, Wire, WireBroken
from jobs.tests.store_process import call, connected, stranger

LONG_S = 30.0


class Gated(OwnedJobStore):
    """Answers once its gate is open."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine, MemoryQueueService)
        self.gate = threading.Event()
        self.asked = threading.Event()

    def size(self) -> int:
        self.asked.set()
        assert self.gate.wait(LONG_S)
        return super().size()

    def claim(self, timeout: float = 0.0) -> JobRecord | None:
        self.asked.set()
        assert self.gate.wait(LONG_S)
        return super().claim(timeout)


@pytest.fixture
def store(engine: Engine) -> Iterator[Gated]:
    store = Gated(engine)
    yield store
    store.close()


@pytest.fixture
def server(store: Gated, tmp_path: Path) -> Iterator[StoreServer]:
    server = StoreServer(store, tmp_path)
    yield server
    store.gate.set()
    close(server)


def close(server: StoreServer) -> None:
    server.shut_down()
    server.join()


def ask(wire: Wire, operation: str, *args: object) -> None:
    deadline = time.monotonic() + LONG_S
    wire.send((operation, args, {}, deadline), deadline)


def serving() -> list[threading.Thread]:
    names = ("job-store", "job-store-call")
    return [thread for thread in threading.enumerate() if thread.name in names]


def finish_calls() -> None:
    for thread in serving():
        if thread.name == "job-store-call":
            thread.join(LONG_S)


def answers(folder: Path) -> bool:
    wire = connected(folder)
    succeeded, table = call(wire, "select", "SELECT 1")
    wire.close()
    return succeeded and bool(table.rows == [(1,)])


# The handshake


def test_caller_with_another_key_is_refused(server: StoreServer, tmp_path: Path) -> None:
    key = (tmp_path / KEY_NAME).read_bytes()
    (tmp_path / KEY_NAME).write_bytes(b"x" * 32)
    with pytest.raises(WireBroken):
        connected(tmp_path)
    (tmp_path / KEY_NAME).write_bytes(key)
    assert answers(tmp_path)


def test_nothing_is_unpickled_before_the_handshake(
    server: StoreServer, store: Gated, tmp_path: Path
) -> None:
    end = stranger(tmp_path)
    assert len(end.recv(32)) == 32
    end.sendall(b"x" * 64)
    with suppress(OSError):
        end.sendall((4).to_bytes(8, "big") + b"cos\n")
    with suppress(ConnectionResetError):
        assert end.recv(1) == b""
    assert not store.asked.is_set()
    end.close()


def test_caller_that_hangs_in_the_handshake_is_cut_off(
    server: StoreServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jobs.store.server.HANDSHAKE_S", 0.1)
    with stranger(tmp_path) as hanging:
        assert answers(tmp_path)
        while hanging.recv(1024):
            pass
    finish_calls()


# Deadlines


def test_call_that_was_given_up_is_left_undone(
    server: StoreServer, store: Gated, tmp_path: Path
) -> None:
    wire = connected(tmp_path)
    wire.send(("size", (), {}, time.monotonic()), time.monotonic() + LONG_S)
    with pytest.raises(WireBroken):
        wire.receive(time.monotonic() + LONG_S)
    assert not store.asked.is_set()
    wire.close()


# Callers that go away


def test_job_claimed_for_a_dead_worker_counts_as_no_interruption(
    server: StoreServer, store: Gated, tmp_path: Path
) -> None:
    """It waited for a job when it was killed; the job came, and nobody was there to begin it."""
    caller = connected(tmp_path)
    ask(caller, "claim", LONG_S)
    assert store.asked.wait(LONG_S)
    caller.close()
    job = store.submit(uuid.uuid4(), "yolo_ocr", "video_jobs/a.mp4")
    store.gate.set()
    finish_calls()
    (given,) = store.start_worker()
    assert (given.status, given.error_message) == (JobStatus.PENDING, None)
    claimed = store.claim()
    assert claimed is not None and claimed.job_id == job.job_id
    (interrupted,) = store.start_worker()
    assert interrupted.error_message is not None


def test_job_that_the_reconnected_worker_runs_stays_with_it(
    server: StoreServer, store: Gated, tmp_path: Path
) -> None:
    """Its first call was given up; the answer of that one comes too late and is lost."""
    first = connected(tmp_path)
    ask(first, "claim", 1.0)
    assert store.asked.wait(LONG_S)
    first.close()
    job = store.submit(uuid.uuid4(), "yolo_ocr", "video_jobs/a.mp4")
    second = connected(tmp_path)
    ask(second, "claim", 0.5)
    store.gate.set()
    succeeded, claimed = second.receive(time.monotonic() + LONG_S)
    assert succeeded and claimed.job_id == job.job_id
    second.close()
    finish_calls()
    assert store.get(job.job_id).status is JobStatus.RUNNING
    assert store.complete(job.job_id, "video_jobs/r.json").status is JobStatus.COMPLETED


def test_calls_that_are_over_leave_nothing_in_memory(server: StoreServer, tmp_path: Path) -> None:
    def kept() -> list[object]:
        gc.collect()
        # By `type`, since `isinstance` would wake Django's lazy objects.
        return [o for o in gc.get_objects() if issubclass(type(o), threading.Thread | Wire)]

    before = kept()  # threads of earlier tests among them may end meanwhile
    for _ in range(5):
        assert answers(tmp_path)
    finish_calls()
    assert [new for new in kept() if not any(new is old for old in before)] == []


# Closing


def test_closing_ends_threads_and_files(store: Gated, tmp_path: Path) -> None:
    before = sorted(os.listdir("/proc/self/fd"))  # noqa: PTH208
    server = StoreServer(store, tmp_path)
    assert (tmp_path / SOCKET_NAME).stat().st_mode & 0o777 == 0o600
    idle = connected(tmp_path)
    assert answers(tmp_path)
    close(server)
    assert serving() == []
    idle.wait_for_end()
    idle.close()
    assert sorted(os.listdir("/proc/self/fd")) == before  # noqa: PTH208
    assert not (tmp_path / SOCKET_NAME).exists()
    with pytest.raises(WireBroken):
        connected(tmp_path)


@pytest.mark.parametrize(("patience", "left"), [(0.05, 1), (LONG_S, 0)])
def test_closing_waits_a_while_for_the_current_call(
    store: Gated, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, patience: float, left: int
) -> None:
    monkeypatch.setattr("jobs.store.server.LAST_CALLS_S", patience)
    server = StoreServer(store, tmp_path)
    caller = connected(tmp_path)
    ask(caller, "size")
    assert store.asked.wait(LONG_S)
    opening = threading.Timer(0.3, store.gate.set)
    opening.start()
    close(server)
    assert len(serving()) == left
    opening.join()
    finish_calls()
    caller.close()


def test_callers_wait_while_no_more_files_can_be_opened(
    server: StoreServer, tmp_path: Path
) -> None:
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    with socket.socket(socket.AF_UNIX) as caller:
        caller.settimeout(LONG_S)
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (1, limits[1]))
            caller.connect(str(tmp_path / SOCKET_NAME))
            time.sleep(0.1)
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, limits)
        assert caller.recv(1)
