"""What the job store finds and leaves in its folder: socket, key, lock, and who may use them."""

from __future__ import annotations

import os
import socket
import time
import uuid
from pathlib import Path
from typing import Any

import pytest

from jobs.exceptions import DataFolderUnusable, SchemaMismatch, StoreUnavailable
from jobs.locks import ProcessLock
from jobs.models import JobStatus
from jobs.store.gateway import LOCK_NAME, JobStoreGateway
from jobs.store.wire import KEY_NAME, SOCKET_NAME
from jobs.tests.store_process import gateway


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
    assert store._lock.holder() == str(os.getpid())
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
    with pytest.raises(DataFolderUnusable, match="The data folder cannot be written") as caught:
        store.size()
    assert str(tmp_path) not in str(caught.value)
    (tmp_path / "run" / f"{KEY_NAME}.new").rmdir()
    assert store.size() == 0
    store.close()


def test_who_stands_by_takes_over_without_a_call(tmp_path: Path, here: JobStoreGateway) -> None:
    here.join()
    job_id = uuid.uuid4()
    here.submit(job_id, "yolo_ocr", "video_jobs/a.mp4")
    other = gateway(tmp_path)
    other.stand_by()
    here.close()
    deadline = time.monotonic() + 30.0
    while not other.owns_store and time.monotonic() < deadline:
        time.sleep(0.01)
    assert other.owns_store
    claimed = other.claim()
    assert claimed is not None and claimed.job_id == job_id
    other.close()


def test_closed_way_does_not_take_over(tmp_path: Path, here: JobStoreGateway) -> None:
    here.join()
    other = gateway(tmp_path)
    other.join()
    other.stand_by()
    other.close()
    here.close()
    lock = ProcessLock(tmp_path / "run" / LOCK_NAME)
    assert lock.acquire()
    lock.release()


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
