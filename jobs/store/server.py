"""The owner's end of the socket; it serves every process, including its own."""

from __future__ import annotations

import logging
import os
import socket
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from jobs.exceptions import JobsError, StoreClosed, StoreUnavailable
from jobs.models import JobRecord
from jobs.store.base import DEADLINE, JobStore, OwnedStore
from jobs.store.wire import BACKLOG, NEVER, SOCKET_NAME, Wire, WireBroken, address, owner_key

logger = logging.getLogger(__name__)

OPERATIONS = JobStore.__abstractmethods__
HANDSHAKE_S = 5.0
SEND_S = 5.0
LAST_CALLS_S = 2.0
ACCEPT_PAUSE_S = 0.02
# Exceptions that are passed to the caller.
TRANSPORTED = (JobsError, ValueError)


class StoreServer:
    """One thread per connection, so that a hanging caller blocks no other."""

    def __init__(self, store: OwnedStore, folder: Path) -> None:
        self._store = store
        self._key = owner_key(folder)
        self._wires: set[Wire] = set()
        self._threads: set[threading.Thread] = set()
        self._closing = False
        self._path = folder / SOCKET_NAME
        self._listener = _listen(self._path)
        self._accepting = threading.Thread(target=self._accept, name="job-store", daemon=True)
        self._accepting.start()

    def shut_down(self) -> None:
        """Close all connections; the callers then look for a new owner."""
        self._closing = True
        self._listener.shutdown(socket.SHUT_RDWR)  # wakes `accept`
        self._accepting.join()
        self._listener.close()
        with suppress(OSError):
            self._path.unlink()
        for wire in tuple(self._wires):
            wire.shut_down()

    def join(self) -> None:
        """Wait briefly for running calls to end."""
        # DuckDB's binding reports leaks if a thread outlives the interpreter.
        deadline = time.monotonic() + LAST_CALLS_S
        for thread in tuple(self._threads):
            thread.join(max(0.0, deadline - time.monotonic()))

    def abandon(self) -> None:
        """In a forked child: close the copies of the parent's connections."""
        self._listener.close()
        for wire in self._wires:
            wire.close()

    def _accept(self) -> None:
        while not self._closing:
            try:
                connected, _ = self._listener.accept()
            except OSError:
                time.sleep(ACCEPT_PAUSE_S)  # most likely out of file descriptors
                continue
            thread = threading.Thread(
                target=self._serve, args=(Wire(connected),), name="job-store-call", daemon=True
            )
            self._threads.add(thread)
            thread.start()
            del connected, thread

    def _serve(self, wire: Wire) -> None:
        self._wires.add(wire)
        try:
            if self._closing:
                return
            wire.accept(self._key, time.monotonic() + HANDSHAKE_S)
            while not self._closing:
                self._answer(wire, *wire.receive(NEVER))
        except WireBroken as error:
            if str(error):
                logger.debug("A connection to the job store ended: %s", error)
        finally:
            self._wires.discard(wire)
            wire.close()
            self._threads.discard(threading.current_thread())

    def _answer(
        self,
        wire: Wire,
        operation: str,
        args: Sequence[Any],
        options: Mapping[str, Any],
        deadline: float,
    ) -> None:
        if time.monotonic() > deadline:
            # This process was suspended and the caller has given up, so the call must not run.
            raise WireBroken
        try:
            if operation not in OPERATIONS:
                raise ValueError(f"The job store has no operation {operation!r}.")
            DEADLINE.set(deadline)  # each thread has its own
            answer = (True, getattr(self._store, operation)(*args, **options))
        except StoreClosed:
            raise WireBroken from None
        except TRANSPORTED as error:
            answer = (False, error)
        except Exception:
            logger.exception("The job store failed in %s", operation)
            answer = (False, StoreUnavailable())
        try:
            wire.send(answer, time.monotonic() + SEND_S)
        except WireBroken:
            if operation == "claim" and isinstance(answer[1], JobRecord):
                self._store.undelivered(answer[1].job_id)
            raise


def _listen(path: Path) -> socket.socket:
    """Bind the socket. This process holds the store's lock, so an old socket is a dead owner's."""
    if path.is_dir() and not path.is_symlink():
        path.rmdir()
    else:
        path.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX)
    descriptor = os.open(path.parent, os.O_RDONLY)
    try:
        listener.bind(address(descriptor))
        path.chmod(0o600)
        listener.listen(BACKLOG)
    except BaseException:
        listener.close()
        raise
    finally:
        os.close(descriptor)
    return listener
