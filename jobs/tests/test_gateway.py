"""The job store between processes: one owner, and another when it dies."""

from __future__ import annotations

import itertools
import json
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from jobs.database import open_engine
from jobs.exceptions import DatabaseUnusable, SchemaMismatch, StoreClosed, StoreUnavailable
from jobs.locks import ProcessLock
from jobs.models import JobStatus
from jobs.store.gateway import LOCK_NAME, JobStoreGateway
from jobs.store.server import KEY_NAME, SOCKET_NAME
from jobs.tests.store_process import gateway

ROOT = Path(__file__).parents[2]


class StoreProcess:
    """A running `store_process`."""

    def __init__(self, folder: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "jobs.tests.store_process", str(folder)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def call(self, operation: str, *args: Any) -> Any:
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.write(json.dumps([operation, *args]) + "\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        return answer.get("value", answer)

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate()


@pytest.fixture
def spawn(tmp_path: Path) -> Iterator[Callable[[], StoreProcess]]:
    started: list[StoreProcess] = []

    def start() -> StoreProcess:
        started.append(StoreProcess(tmp_path))
        return started[-1]

    yield start
    for process in started:
        process.kill()


def freeze(pid: int) -> None:
    """SIGSTOP takes effect a little after it is sent."""
    os.kill(pid, signal.SIGSTOP)
    while Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "T":
        time.sleep(0.001)


@pytest.fixture
def here(tmp_path: Path) -> Iterator[JobStoreGateway]:
    """This process's own way to the store."""
    store = gateway(tmp_path)
    yield store
    store.close()


def test_second_process_sees_and_wakes_the_first(
    spawn: Callable[[], StoreProcess], here: JobStoreGateway
) -> None:
    other = spawn()
    assert other.call("size") == 0
    assert other.call("owns") is True
    job_id = uuid.uuid4()
    here.submit(job_id, "yolo_ocr", "video_jobs/a.mp4")
    assert here.owns_store is False
    assert other.call("claim", 30)["job_id"] == str(job_id)
    assert here.get(job_id).status is JobStatus.RUNNING


def test_client_takes_over_from_a_killed_owner(
    spawn: Callable[[], StoreProcess], here: JobStoreGateway
) -> None:
    owner = spawn()
    ids = [str(uuid.uuid4()) for _ in range(3)]
    for job_id in ids:
        owner.call("new_job", job_id)
    here.join()
    owner.kill()
    assert [str(job.job_id) for job in map(here.get, map(uuid.UUID, ids))] == ids
    assert here.owns_store is True
    claimed = here.claim()
    assert claimed is not None and str(claimed.job_id) == ids[0]


def test_claim_that_waits_survives_the_owners_death(
    spawn: Callable[[], StoreProcess], here: JobStoreGateway
) -> None:
    owner = spawn()
    owner.call("size")
    here.join()
    claimed: list[Any] = []
    waiting = threading.Thread(target=lambda: claimed.append(here.claim(timeout=60)))
    waiting.start()
    owner.kill()
    other = spawn()
    job_id = str(uuid.uuid4())
    other.call("new_job", job_id)
    waiting.join()
    assert str(claimed[0].job_id) == job_id


def test_owner_that_closes_hands_over(
    tmp_path: Path, spawn: Callable[[], StoreProcess], here: JobStoreGateway
) -> None:
    here.join()
    other = spawn()
    assert other.call("size") == 0
    assert other.call("owns") is False
    here.close()
    assert other.call("size") == 0
    assert other.call("owns") is True
    with pytest.raises(StoreClosed):
        here.size()


def test_always_one_owner_whoever_is_killed(
    tmp_path: Path, spawn: Callable[[], StoreProcess]
) -> None:
    """Nothing acknowledged is lost when owners die at random, and the file stays whole."""
    chance = random.Random(16)
    processes = [spawn() for _ in range(4)]
    acknowledged = []
    for _ in range(4):
        for process in processes:
            job_id = str(uuid.uuid4())
            assert process.call("new_job", job_id)["status"] == "pending"
            acknowledged.append(job_id)
        owners = [process for process in processes if process.call("owns")]
        assert len(owners) == 1
        owners[0].kill()
        processes[processes.index(owners[0])] = spawn()
        chance.shuffle(processes)
    for process, job_id in itertools.product(processes, acknowledged):
        assert process.call("get", job_id) == {"job_id": job_id, "status": "pending"}
    assert processes[0].call("size") == len(acknowledged)
    for process in processes:
        process.kill()
    engine = open_engine(tmp_path / "jobs.duckdb")
    engine.dispose()


def test_frozen_owner_gives_a_clear_error_in_bounded_time(
    tmp_path: Path, spawn: Callable[[], StoreProcess]
) -> None:
    owner = spawn()
    owner.call("size")
    impatient = gateway(tmp_path, timeout=0.3)
    impatient.join()
    freeze(owner.process.pid)
    try:
        begun = time.monotonic()
        with pytest.raises(StoreUnavailable, match="Try again"):
            impatient.size()
        assert time.monotonic() - begun < 10
    finally:
        os.kill(owner.process.pid, signal.SIGCONT)
    patient = gateway(tmp_path)
    assert patient.size() == 0
    impatient.close()
    patient.close()


def test_call_that_was_given_up_is_not_done_later(
    tmp_path: Path, spawn: Callable[[], StoreProcess]
) -> None:
    """The API has answered 503 and removed the upload: a row made afterwards would fail."""
    owner = spawn()
    owner.call("size")
    impatient = gateway(tmp_path, timeout=0.3)
    impatient.join()
    freeze(owner.process.pid)
    job_id = uuid.uuid4()
    try:
        with pytest.raises(StoreUnavailable):
            impatient.submit(job_id, "yolo_ocr", "video_jobs/a.mp4")
    finally:
        os.kill(owner.process.pid, signal.SIGCONT)
    impatient.close()
    assert owner.call("size") == 0
    assert owner.call("get", str(job_id)) == {"error": "JobNotFound"}


def test_hanging_client_keeps_nobody_out(tmp_path: Path, here: JobStoreGateway) -> None:
    here.join()
    hanging = [socket.socket(socket.AF_UNIX) for _ in range(5)]
    for end in hanging:
        end.connect(str(tmp_path / "run" / SOCKET_NAME))
    client = gateway(tmp_path)
    assert client.size() == 0
    assert client.owns_store is False
    client.close()
    for end in hanging:
        end.close()


def test_wrong_key_is_refused(tmp_path: Path, here: JobStoreGateway) -> None:
    here.join()
    key = tmp_path / "run" / KEY_NAME
    right = key.read_bytes()
    key.write_bytes(b"x" * 32)
    stranger = gateway(tmp_path, timeout=0.3)
    with pytest.raises(StoreUnavailable):
        stranger.size()
    key.write_bytes(right)
    assert stranger.size() == 0
    stranger.close()


def test_only_the_user_can_reach_the_store(tmp_path: Path, here: JobStoreGateway) -> None:
    here.join()
    assert (tmp_path / "run" / KEY_NAME).stat().st_mode & 0o777 == 0o600


def test_leftovers_of_a_dead_machine_are_in_nobodys_way(tmp_path: Path) -> None:
    run = tmp_path / "run"
    run.mkdir()
    dead = socket.socket(socket.AF_UNIX)
    dead.bind(str(run / SOCKET_NAME))
    dead.close()
    (run / KEY_NAME).write_bytes(b"old")
    (run / LOCK_NAME).write_text("999999\n")
    store = gateway(tmp_path)
    assert store.size() == 0
    assert store.owner_pid() == str(os.getpid())
    store.close()


def test_deep_data_folder(tmp_path: Path) -> None:
    deep = tmp_path.joinpath(*["a-folder-with-a-long-name"] * 8)
    owner, client = gateway(deep), gateway(deep)
    owner.join()
    client.join()
    assert (owner.owns_store, client.owns_store) == (True, False)
    client.close()
    owner.close()


def test_error_in_opening_is_told_and_frees_the_lock(tmp_path: Path) -> None:
    def refuse() -> Any:
        raise SchemaMismatch

    store = JobStoreGateway(tmp_path, refuse)
    with pytest.raises(SchemaMismatch, match="migrate"):
        store.size()
    lock = ProcessLock(tmp_path / LOCK_NAME)
    assert lock.acquire()
    lock.release()


def test_unwritable_folder_is_told_and_frees_the_lock(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / f"{KEY_NAME}.new").mkdir()  # the key cannot be written over a folder
    store = gateway(tmp_path)
    with pytest.raises(DatabaseUnusable, match="The data folder cannot be written") as caught:
        store.size()
    assert str(tmp_path) not in str(caught.value)
    (tmp_path / "run" / f"{KEY_NAME}.new").rmdir()
    assert store.size() == 0
    store.close()


def test_forked_child_asks_its_parent(tmp_path: Path, here: JobStoreGateway) -> None:
    here.join()
    job_id = uuid.uuid4()
    child = os.fork()
    if child == 0:
        code = 1
        try:
            here.abandon()
            mine = gateway(tmp_path)
            mine.submit(job_id, "yolo_ocr", "video_jobs/a.mp4")
            code = 0 if not mine.owns_store else 2
        finally:
            os._exit(code)
    assert os.waitpid(child, 0)[1] == 0
    assert here.get(job_id).status is JobStatus.PENDING
