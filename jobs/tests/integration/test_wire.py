"""One end of a connection to the owner: whom it believes, and how long it waits."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import suppress
from pathlib import Path

import pytest

from jobs.store.wire import KEY_NAME, SOCKET_NAME, Wire, WireBroken, owner_key
from jobs.tests.store_process import connected, stranger


def test_owner_with_another_key_is_not_believed(tmp_path: Path) -> None:
    (tmp_path / KEY_NAME).write_bytes(b"x" * 32)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / SOCKET_NAME))
        listener.listen()

        def pretend() -> None:
            end, _ = listener.accept()
            with end:
                end.sendall(b"n" * 32)
                end.recv(64)
                end.sendall(b"p" * 32)

        thread = threading.Thread(target=pretend)
        thread.start()
        with pytest.raises(WireBroken, match="does not know the key"):
            connected(tmp_path)
        thread.join()


def test_connecting_to_an_owner_that_accepts_nobody_has_a_deadline(tmp_path: Path) -> None:
    """Its backlog is full: a blocking `connect` would wait for ever."""
    (tmp_path / KEY_NAME).write_bytes(b"x" * 32)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / SOCKET_NAME))
        listener.listen(0)
        waiting = stranger(tmp_path)
        begun = time.monotonic()
        for _ in range(2):
            with pytest.raises(WireBroken):
                Wire.connect(tmp_path, time.monotonic() + 0.2)
        assert 0.3 < time.monotonic() - begun < 5.0
        waiting.close()


def test_sending_to_an_owner_that_reads_nothing_has_a_deadline() -> None:
    ours, theirs = socket.socketpair()
    wire = Wire(ours)
    with pytest.raises(WireBroken):
        wire.send(bytes(10**7), time.monotonic() + 0.1)
    wire.close()
    theirs.close()


def test_message_that_trickles_in_has_a_deadline() -> None:
    ours, theirs = socket.socketpair()
    over = threading.Event()

    def trickle() -> None:
        with suppress(OSError):
            while not over.wait(0.02):
                theirs.send(b"\0")

    thread = threading.Thread(target=trickle)
    thread.start()
    begun = time.monotonic()
    with pytest.raises(WireBroken):
        while True:
            Wire(ours)._read(10**6, begun + 0.2)
    assert time.monotonic() - begun < 5.0
    over.set()
    thread.join()
    ours.close()
    theirs.close()


def test_key_is_new_for_each_owner_and_for_the_user_alone(tmp_path: Path) -> None:
    unfinished = tmp_path / f"{KEY_NAME}.new"
    unfinished.write_bytes(b"of a killed owner")
    unfinished.chmod(0o644)
    keys = [owner_key(tmp_path) for _ in range(2)]
    assert keys[0] != keys[1] == (tmp_path / KEY_NAME).read_bytes()
    assert len(keys[1]) == 32
    assert (tmp_path / KEY_NAME).stat().st_mode & 0o777 == 0o600
    assert not unfinished.exists()
