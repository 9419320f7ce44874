"""The lock of a process: who holds it, and what a message may say about that."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from jobs.locks import ProcessLock


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "run" / "some.lock"


@pytest.fixture
def lock(path: Path) -> Iterator[ProcessLock]:
    lock = ProcessLock(path)
    assert lock.acquire()
    yield lock
    lock.release()


def open_files() -> list[str]:
    return sorted(os.listdir("/proc/self/fd"))  # noqa: PTH208


def test_holder_is_named_in_a_file_for_the_user_alone(lock: ProcessLock, path: Path) -> None:
    assert lock.held
    assert lock.holder() == str(os.getpid())
    assert path.read_bytes() == f"{os.getpid()}\n".encode()
    assert path.stat().st_mode & 0o777 == 0o600


def test_only_one_holds_it(lock: ProcessLock, path: Path) -> None:
    before = open_files()
    other = ProcessLock(path)
    assert not other.acquire()
    assert not other.held
    assert open_files() == before
    assert other.holder() == str(os.getpid())
    other.release()
    assert not ProcessLock(path).acquire()


def test_taking_it_again_changes_nothing(lock: ProcessLock) -> None:
    before = open_files()
    assert lock.acquire()
    assert open_files() == before


def test_released_lock_is_free_and_its_file_stays(lock: ProcessLock, path: Path) -> None:
    lock.release()
    assert not lock.held
    lock.release()
    assert path.exists()
    other = ProcessLock(path)
    assert other.acquire()
    assert not lock.acquire()
    other.release()
    assert lock.acquire()


def test_longer_text_of_the_one_before_is_gone(path: Path) -> None:
    path.parent.mkdir(parents=True)
    path.write_text("12345678901234567890\n")
    lock = ProcessLock(path)
    assert lock.acquire()
    assert lock.holder() == str(os.getpid())
    lock.release()


@pytest.mark.parametrize("content", [None, b"", b"\n", b"\xff\xfe"])
def test_holder_that_cannot_be_read_is_unknown(path: Path, content: bytes | None) -> None:
    if content is not None:
        path.parent.mkdir(parents=True)
        path.write_bytes(content)
    assert ProcessLock(path).holder() == "unknown"


def test_held_by_asks_without_taking_it(lock: ProcessLock, path: Path) -> None:
    before = open_files()
    assert ProcessLock(path).held_by() == os.getpid()
    assert open_files() == before
    lock.release()
    assert ProcessLock(path).held_by() is None


@pytest.mark.parametrize("content", ["1", "0", "-1", "x", "", "99999999", "²"])
def test_nobody_holds_a_lock_whose_file_only_says_so(path: Path, content: str) -> None:
    """1 is a process that never had it; the others are none."""
    assert ProcessLock(path).held_by() is None
    path.parent.mkdir(parents=True)
    path.write_text(content)
    assert ProcessLock(path).held_by() is None
