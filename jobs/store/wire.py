"""The wire protocol of the job store: messages over a Unix socket, each with a deadline.

Deadlines are on `time.monotonic`, which all processes of a machine share. A message is its length
(8 bytes, big endian) and a pickle. Pickles are loaded only after a handshake in which each end
proves with an HMAC that it knows the key.
"""

from __future__ import annotations

import errno
import hmac
import os
import pickle  # nosec B403 # see `receive`
import secrets
import socket
import stat
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from jobs.storage.local import DISK_FULL

SOCKET_NAME = "store.sock"
KEY_NAME = "store.key"
KEY_BYTES = NONCE_BYTES = DIGEST_BYTES = 32
LENGTH_BYTES = 8
BACKLOG = 128
# Pause between attempts to connect while the owner's backlog is full.
FULL_PAUSE_S = 0.02
NEVER = float("inf")


class WireBroken(Exception):
    """The other end is gone, too slow, or does not know the key."""


class Wire:
    """One end of a connection, for one thread; any thread may call `shut_down`."""

    def __init__(self, connected: socket.socket) -> None:
        self._socket = connected

    @classmethod
    def connect(cls, folder: Path, deadline: float) -> Wire:
        """Connect to the owner whose socket and key are in `folder`."""
        try:
            key = (folder / KEY_NAME).read_bytes()
            wire = cls(_connected(folder, deadline))
        except OSError as error:
            raise WireBroken from error
        try:
            theirs = wire._read(NONCE_BYTES, deadline)
            ours = secrets.token_bytes(NONCE_BYTES)
            wire._write(ours + _proof(key, b"caller", theirs + ours), deadline)
            wire._expect(_proof(key, b"owner", theirs + ours), deadline)
        except BaseException:
            wire.close()
            raise
        return wire

    def accept(self, key: bytes, deadline: float) -> None:
        """The owner's side of the handshake."""
        ours = secrets.token_bytes(NONCE_BYTES)
        self._write(ours, deadline)
        theirs = self._read(NONCE_BYTES, deadline)
        self._expect(_proof(key, b"caller", ours + theirs), deadline)
        self._write(_proof(key, b"owner", ours + theirs), deadline)

    def send(self, message: object, deadline: float) -> None:
        """Send a picklable value."""
        data = pickle.dumps(message, pickle.HIGHEST_PROTOCOL)
        self._write(len(data).to_bytes(LENGTH_BYTES, "big") + data, deadline)

    def receive(self, deadline: float) -> Any:
        """Receive the next message."""
        length = int.from_bytes(self._read(LENGTH_BYTES, deadline), "big")
        return pickle.loads(self._read(length, deadline))  # noqa: S301  # nosec B301 # see above

    def wait_for_end(self) -> None:
        """Block until the other end closes the connection."""
        with suppress(WireBroken):
            self._read(1, NEVER)

    def shut_down(self) -> None:
        """Shut the connection down; a thread that waits on it wakes up."""
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self._socket.close()

    def __del__(self) -> None:
        self.close()  # in thread-local storage of threads that have ended

    def _expect(self, proof: bytes, deadline: float) -> None:
        if not hmac.compare_digest(self._read(DIGEST_BYTES, deadline), proof):
            raise WireBroken("The other end does not know the key.")

    def _read(self, size: int, deadline: float) -> bytes:
        data = bytearray()
        while len(data) < size:
            try:
                self._socket.settimeout(_seconds_to(deadline))
                piece = self._socket.recv(size - len(data))
            except OSError as error:
                raise WireBroken from error
            if not piece:
                raise WireBroken("The other end has closed the connection.")
            data += piece
        return bytes(data)

    def _write(self, data: bytes, deadline: float) -> None:
        try:
            self._socket.settimeout(_seconds_to(deadline))
            self._socket.sendall(data)
        except OSError as error:
            raise WireBroken from error


def address(folder_descriptor: int) -> str:
    """A short address for the socket in an open folder: Unix sockets allow 108 bytes."""
    return f"/proc/self/fd/{folder_descriptor}/{SOCKET_NAME}"


def owner_key(folder: Path) -> bytes:
    """Write a new key. On a full disk, reuse the last owner's if only this user could read it."""
    path = folder / KEY_NAME
    try:
        return _new_key(path)
    except OSError as error:
        if error.errno not in DISK_FULL:
            raise
        kept = path.lstat()
        private = stat.S_ISREG(kept.st_mode) and stat.S_IMODE(kept.st_mode) == 0o600
        if not private or kept.st_uid != os.geteuid() or kept.st_size != KEY_BYTES:
            raise
        return path.read_bytes()


def _new_key(path: Path) -> bytes:
    key = secrets.token_bytes(KEY_BYTES)
    unfinished = path.with_name(path.name + ".new")
    unfinished.unlink(missing_ok=True)
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        if os.write(descriptor, key) < KEY_BYTES:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    finally:
        os.close(descriptor)
    if path.is_dir():
        path.rmdir()
    unfinished.replace(path)
    return key


def _proof(key: bytes, role: bytes, nonces: bytes) -> bytes:
    """The role prevents reflection attacks."""
    return hmac.digest(key, role + nonces, "sha256")


def _connected(folder: Path, deadline: float) -> socket.socket:
    """With a timeout set, `connect` reports a full backlog at once instead of blocking."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        while True:
            end = socket.socket(socket.AF_UNIX)
            try:
                end.settimeout(_seconds_to(deadline))
                end.connect(address(descriptor))
                return end
            except BlockingIOError:
                end.close()
                time.sleep(FULL_PAUSE_S)
            except BaseException:
                end.close()
                raise
    finally:
        os.close(descriptor)


def _seconds_to(deadline: float) -> float | None:
    if deadline == NEVER:
        return None
    seconds = deadline - time.monotonic()
    if seconds <= 0:
        raise TimeoutError
    return seconds
