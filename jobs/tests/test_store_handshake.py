"""The handshake on the owner's socket: both ends know the key, or nothing is said."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from multiprocessing import AuthenticationError
from pathlib import Path

import pytest

from jobs.store.key import KEY_NAME
from jobs.store.link import LinkBroken, StoreLink
from jobs.store.owner import OwnedJobStore
from jobs.store.server import SOCKET_NAME, StoreServer
from jobs.tests.test_store_server import LONG_S, answers, connect, finish_calls, key_in, send


@pytest.fixture
def server(owned: OwnedJobStore, tmp_path: Path) -> Iterator[StoreServer]:
    server = StoreServer(owned, tmp_path)
    yield server
    server.close()


def test_stranger_without_the_key_is_refused(
    server: StoreServer, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(AuthenticationError):
        connect(tmp_path, b"x" * 32)
    finish_calls()
    assert "A process with the wrong key was refused by the job store." in caplog.messages
    assert answers(tmp_path)


def test_stranger_cannot_call_whatever_it_sends(
    server: StoreServer, owned: OwnedJobStore, tmp_path: Path
) -> None:
    stranger = connect(tmp_path, None)
    stranger.recv_bytes()
    stranger.send_bytes(b"x" * 16)
    stranger.recv_bytes()
    with pytest.raises((EOFError, OSError)):
        send(stranger, "size")
        stranger.recv()
    stranger.close()


def test_owner_with_another_key_is_not_believed(server: StoreServer, tmp_path: Path) -> None:
    (tmp_path / KEY_NAME).write_bytes(b"x" * 32)
    with pytest.raises(LinkBroken):
        StoreLink(tmp_path, time.monotonic() + LONG_S)


def test_caller_that_hangs_in_the_handshake_is_cut_off(
    server: StoreServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jobs.store.server.HANDSHAKE_S", 0.1)
    with socket.socket(socket.AF_UNIX) as hanging:
        hanging.settimeout(LONG_S)
        hanging.connect(str(tmp_path / SOCKET_NAME))
        while hanging.recv(1024):
            pass
    finish_calls()


def test_caller_that_came_in_is_not_cut_off(
    server: StoreServer, owned: OwnedJobStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jobs.store.server.HANDSHAKE_S", 2.0)
    link = StoreLink(tmp_path, time.monotonic() + LONG_S)
    assert link.call("size", (), time.monotonic() + LONG_S) == 0
    for timer in threading.enumerate():
        if isinstance(timer, threading.Timer):
            timer.join(LONG_S)
    assert link.call("size", (), time.monotonic() + LONG_S) == 0
    link.close()


def test_callers_that_leave_at_once_are_in_nobodys_way(server: StoreServer, tmp_path: Path) -> None:
    for _ in range(5):
        with socket.socket(socket.AF_UNIX) as end:
            end.connect(str(tmp_path / SOCKET_NAME))
    assert answers(tmp_path)


def test_key_is_new_for_each_owner_and_for_the_user_alone(
    owned: OwnedJobStore, tmp_path: Path
) -> None:
    unfinished = tmp_path / f"{KEY_NAME}.new"
    unfinished.write_bytes(b"of a killed owner")
    unfinished.chmod(0o644)
    keys = set()
    for _ in range(2):
        server = StoreServer(owned, tmp_path)
        assert (tmp_path / KEY_NAME).stat().st_mode & 0o777 == 0o600
        keys.add(key_in(tmp_path))
        server.close()
    assert [len(key) for key in keys] == [32, 32]
    assert not unfinished.exists()
