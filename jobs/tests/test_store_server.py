"""The owner's socket: who may call, and what becomes of a call whose caller is gone."""

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
from multiprocessing.connection import Client, Connection
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from jobs.models import JobRecord, JobStatus
from jobs.queue.memory import MemoryQueueService
from jobs.store.key import KEY_NAME
from jobs.store.link import LinkBroken, StoreLink
from jobs.store.owner import OwnedJobStore
from jobs.store.server import SOCKET_NAME, StoreServer

LONG_S = 30.0
CALLS = ("job-store", "job-store-call")


class Watched(OwnedJobStore):
    """Looks jobs up once its gate is open, and tells when one is given back."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine, MemoryQueueService)
        self.gate = threading.Event()
        self.asked = threading.Event()
        self.given_back = threading.Event()

    def get(self, job_id: uuid.UUID) -> JobRecord:
        self.asked.set()
        assert self.gate.wait(LONG_S)
        return super().get(job_id)

    def size(self) -> int:
        self.asked.set()
        assert self.gate.wait(LONG_S)
        return super().size()

    def claim(self, timeout: float = 0.0) -> JobRecord | None:
        self.asked.set()
        assert self.gate.wait(LONG_S)
        return super().claim(timeout)

    def give_back(self, job_id: uuid.UUID) -> JobRecord:
        job = super().give_back(job_id)
        self.given_back.set()
        return job


@pytest.fixture
def store(engine: Engine) -> Iterator[Watched]:
    store = Watched(engine)
    yield store
    store.close()


@pytest.fixture
def server(store: Watched, tmp_path: Path) -> Iterator[StoreServer]:
    server = StoreServer(store, tmp_path)
    yield server
    store.gate.set()
    server.close()


def connect(folder: Path, key: bytes | None) -> Connection[Any, Any]:
    return Client(str(folder / SOCKET_NAME), authkey=key)


def send(caller: Connection[Any, Any], operation: str, *args: Any) -> None:
    caller.send((operation, args, time.monotonic() + LONG_S))


def key_in(folder: Path) -> bytes:
    return (folder / KEY_NAME).read_bytes()


def serving() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name in CALLS]


def finish_calls() -> None:
    for thread in serving():
        if thread.name == "job-store-call":
            thread.join(LONG_S)


def answers(folder: Path) -> bool:
    link = StoreLink(folder, time.monotonic() + LONG_S)
    rows = link.call("select", ("SELECT 1",), time.monotonic() + LONG_S).rows
    link.close()
    return bool(rows == [(1,)])


def test_job_claimed_for_a_caller_that_died_is_given_back(
    server: StoreServer, store: Watched, tmp_path: Path
) -> None:
    caller = connect(tmp_path, key_in(tmp_path))
    send(caller, "claim", LONG_S)
    caller.close()
    store.gate.set()
    job = store.submit(uuid.uuid4(), "yolo_ocr", "video_jobs/a.mp4")
    assert store.given_back.wait(LONG_S)
    finish_calls()
    assert store.get(job.job_id).status is JobStatus.PENDING
    assert store.size() == 1
    assert answers(tmp_path)


@pytest.mark.parametrize("operation", ["get", "claim", "size"])
def test_nothing_else_is_taken_back_from_a_caller_that_died(
    server: StoreServer, store: Watched, tmp_path: Path, operation: str
) -> None:
    store.gate.set()
    job = store.submit(uuid.uuid4(), "yolo_ocr", "video_jobs/a.mp4")
    store.claim()
    if operation == "claim":
        store.complete(job.job_id, "video_jobs/r.json")
    before = store.get(job.job_id)
    store.gate.clear()
    store.asked.clear()
    caller = connect(tmp_path, key_in(tmp_path))
    send(caller, operation, *([job.job_id] if operation == "get" else []))
    assert store.asked.wait(LONG_S)
    caller.close()
    store.gate.set()
    finish_calls()
    assert not store.given_back.is_set()
    assert store.get(job.job_id) == before


def test_call_that_takes_too_long_is_broken_off(
    server: StoreServer, store: Watched, tmp_path: Path
) -> None:
    link = StoreLink(tmp_path, time.monotonic() + LONG_S)
    with pytest.raises(LinkBroken):
        link.call("size", (), time.monotonic() + 0.05)
    link.close()
    with pytest.raises(LinkBroken):
        link.call("size", (), time.monotonic() + LONG_S)


def test_call_that_was_given_up_is_left_undone(
    server: StoreServer, store: Watched, tmp_path: Path
) -> None:
    caller = connect(tmp_path, key_in(tmp_path))
    caller.send(("size", (), time.monotonic()))
    with pytest.raises((EOFError, OSError)):
        caller.recv()
    assert not store.asked.is_set()
    caller.close()


def test_calls_that_are_over_leave_nothing_in_memory(server: StoreServer, tmp_path: Path) -> None:
    def kept() -> int:
        gc.collect()
        # By `type`, since `isinstance` would wake Django's lazy objects.
        types = [type(thing) for thing in gc.get_objects()]
        return sum(issubclass(kind, threading.Thread | Connection) for kind in types)

    before = kept()
    for _ in range(5):
        assert answers(tmp_path)
    finish_calls()
    assert kept() - before <= 2  # the accepting thread's variables still hold the last one


def test_closing_ends_threads_and_files(store: Watched, tmp_path: Path) -> None:
    before = sorted(os.listdir("/proc/self/fd"))  # noqa: PTH208
    server = StoreServer(store, tmp_path)
    idle = connect(tmp_path, key_in(tmp_path))
    assert answers(tmp_path)
    server.close()
    assert serving() == []
    with pytest.raises(EOFError):
        idle.recv()
    idle.close()
    assert sorted(os.listdir("/proc/self/fd")) == before  # noqa: PTH208
    with pytest.raises(LinkBroken):
        StoreLink(tmp_path, time.monotonic() + LONG_S)


def test_closing_waits_for_no_call_that_hangs(
    store: Watched, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jobs.store.server.LAST_CALLS_S", 0.05)
    server = StoreServer(store, tmp_path)
    caller = connect(tmp_path, key_in(tmp_path))
    send(caller, "size")
    assert store.asked.wait(LONG_S)
    server.close()
    assert len(serving()) == 1
    store.gate.set()
    finish_calls()
    caller.close()


def test_closing_without_the_sockets_file(store: Watched, tmp_path: Path) -> None:
    server = StoreServer(store, tmp_path)
    (tmp_path / SOCKET_NAME).rename(tmp_path / "elsewhere")
    server.close()
    with suppress(OSError):  # ends the thread that accepts, if its kernel has not done so
        Client(str(tmp_path / "elsewhere")).close()
    for thread in serving():
        thread.join(LONG_S)
    assert serving() == []


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


def test_closing_waits_for_the_call_in_hand(
    store: Watched, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jobs.store.server.LAST_CALLS_S", LONG_S)
    server = StoreServer(store, tmp_path)
    caller = connect(tmp_path, key_in(tmp_path))
    send(caller, "size")
    assert store.asked.wait(LONG_S)
    threading.Timer(0.2, store.gate.set).start()
    server.close()
    assert serving() == []
    caller.close()
