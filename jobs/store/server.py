"""The owner's side of the socket."""

from __future__ import annotations

import logging
import os
import socket
import threading
import time
from contextlib import suppress
from multiprocessing import AuthenticationError
from multiprocessing.connection import (
    Client,
    Connection,
    Listener,
    answer_challenge,
    deliver_challenge,
)
from pathlib import Path
from typing import Any

from jobs.exceptions import JobsError, StoreClosed, StoreUnavailable
from jobs.models import JobRecord
from jobs.store.base import JobStore
from jobs.store.key import own_key

logger = logging.getLogger(__name__)

SOCKET_NAME = "store.sock"
OPERATIONS = JobStore.__abstractmethods__
HANDSHAKE_S = 5.0
LAST_CALLS_S = 2.0
ACCEPT_PAUSE_S = 0.02
# What a call may raise in the caller's process as it was raised here.
TRANSPORTED = (JobsError, ValueError)


class StoreServer:
    """Answers calls on a Unix socket, one thread a connection.

    The handshake (a random key in a 0600 file) is made in the connection's own thread, so a
    client that hangs in it keeps nobody waiting.
    """

    def __init__(self, store: JobStore, folder: Path) -> None:
        self._store = store
        self._key = own_key(folder)
        self._connections: set[Connection[Any, Any]] = set()
        self._threads: set[threading.Thread] = set()
        self._closing = False
        self._descriptor = os.open(folder, os.O_RDONLY)
        try:
            # Only the holder of the store's lock gets here, so a socket file is a dead owner's.
            _remove(folder / SOCKET_NAME)
            self._listener = Listener(socket_address(self._descriptor), backlog=128)
        except BaseException:
            os.close(self._descriptor)
            raise
        self._accepting = threading.Thread(target=self._accept, name="job-store", daemon=True)
        self._accepting.start()

    def close(self) -> None:
        """Stop answering, and wait a little for the calls in hand."""
        self.hang_up()
        self.join()

    def hang_up(self) -> None:
        """Stop answering; callers see the end of the connection and look for a new owner."""
        self._closing = True
        with suppress(OSError):  # without its file the socket cannot be reached any more
            Client(self._listener.address).close()  # wakes the accepting thread
            self._accepting.join()
        with suppress(FileNotFoundError):
            self._listener.close()
        for connection in tuple(self._connections):
            _hang_up(connection)

    def join(self) -> None:
        """Wait a little for the calls in hand."""
        # A thread that outlives the interpreter makes DuckDB's binding report leaks at its end.
        deadline = time.monotonic() + LAST_CALLS_S
        for thread in tuple(self._threads):
            thread.join(max(0.0, deadline - time.monotonic()))
        os.close(self._descriptor)

    def _accept(self) -> None:
        while not self._closing:
            try:
                connection = self._listener.accept()
            except OSError:
                time.sleep(ACCEPT_PAUSE_S)  # no file descriptors left, most likely
                continue
            if self._closing:  # `close` called, to wake this thread
                connection.close()
                return
            thread = threading.Thread(
                target=self._serve, args=(connection,), name="job-store-call", daemon=True
            )
            self._threads.add(thread)
            thread.start()

    def _serve(self, connection: Connection[Any, Any]) -> None:
        self._connections.add(connection)
        try:
            if not self._authenticate(connection):
                return
            while not self._closing:
                self._answer(connection, *connection.recv())
        except (EOFError, OSError):
            pass
        finally:
            self._connections.discard(connection)
            connection.close()
            self._threads.discard(threading.current_thread())

    def _authenticate(self, connection: Connection[Any, Any]) -> bool:
        timer = threading.Timer(HANDSHAKE_S, _hang_up, (connection,))
        timer.start()
        try:
            deliver_challenge(connection, self._key)
            answer_challenge(connection, self._key)
        except AuthenticationError:
            logger.warning("A process with the wrong key was refused by the job store.")
            return False
        finally:
            timer.cancel()
        return True

    def _answer(
        self, connection: Connection[Any, Any], operation: str, args: Any, deadline: float
    ) -> None:
        if time.monotonic() > deadline:
            # This process was frozen. The caller has reported a failure: it must stay one.
            raise EOFError
        try:
            if operation not in OPERATIONS:
                raise ValueError(f"The job store has no operation {operation!r}.")
            answer = (True, getattr(self._store, operation)(*args))
        except StoreClosed:
            raise EOFError from None
        except TRANSPORTED as error:
            answer = (False, error)
        except Exception:
            logger.exception("The job store failed in %s", operation)
            answer = (False, StoreUnavailable())
        try:
            connection.send(answer)
        except OSError:
            self._take_back(operation, answer)
            raise

    def _take_back(self, operation: str, answer: tuple[bool, Any]) -> None:
        """A job claimed for a worker that died while it waited was never begun."""
        done, value = answer
        if operation == "claim" and done and isinstance(value, JobRecord):
            self._store.give_back(value.job_id)


def socket_address(folder_descriptor: int) -> str:
    """The socket's address, short however deep the folder: a Unix socket's path is limited
    to about 100 bytes."""
    return f"/proc/self/fd/{folder_descriptor}/{SOCKET_NAME}"


def _hang_up(connection: Connection[Any, Any]) -> None:
    """End a connection that another thread may be reading: closing it would not wake that one."""
    with suppress(OSError), socket.socket(fileno=os.dup(connection.fileno())) as end:
        end.shutdown(socket.SHUT_RDWR)


def _remove(path: Path) -> None:
    """Make way for a file of this name, whatever lies there."""
    if path.is_dir() and not path.is_symlink():
        path.rmdir()
    else:
        path.unlink(missing_ok=True)
