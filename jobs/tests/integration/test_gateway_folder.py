"""What the job store finds and leaves in its folder: socket, key, lock, and who may use them."""

from __future__ import annotations

import os
import socket
import time
import uuid
from pathlib import Path

import pytest

from jobs.exceptions import DataFolderUnusable, StoreClosed
from jobs.locks import ProcessLock
from jobs.store.gateway import LOCK_NAME, JobStoreGateway
from jobs.store.wire import KEY_NAME, SOCKET_NAME
from jobs.tests.store_process import gateway


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


def test_folder_that_cannot_be_written_is_told_without_its_path(tmp_path: Path) -> None:
    store, in_the_way = gateway(tmp_path), tmp_path / "run" / f"{KEY_NAME}.new"
    in_the_way.mkdir(parents=True)
    with pytest.raises(DataFolderUnusable) as caught:
        store.size()
    assert str(caught.value) == "The data folder cannot be written: Is a directory."
    assert not store.owns_store
    in_the_way.rmdir()
    assert store.size() == 0
    store.close()


def test_forked_child_that_abandons_it_holds_neither_lock_nor_socket(
    tmp_path: Path, here: JobStoreGateway
) -> None:
    here.join()
    released, child = os.pipe(), os.fork()
    if child == 0:
        code = 1
        try:
            here.abandon()
            for call in (here.size, lambda: here.get(uuid.uuid4())):
                with pytest.raises(StoreClosed):
                    call()
            os.close(released[1])
            os.read(released[0], 1)  # until the parent lets go
            code = 0
        finally:
            os._exit(code)
    assert here.size() == 0
    here.close()
    lock = ProcessLock(tmp_path / "run" / LOCK_NAME)
    assert lock.acquire()
    lock.release()
    os.close(released[1])
    assert os.waitpid(child, 0)[1] == 0
    os.close(released[0])
