"""A file lock that names the process holding it."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from jobs.exceptions import AlreadyRunning
from jobs.storage.local import make_folder, refused


class ProcessLock:
    """An exclusive `flock`; the kernel frees it however its process ends.

    The PID in the file is only for messages: it may be stale or reused.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None

    @property
    def held(self) -> bool:
        return self._descriptor is not None

    def acquire(self) -> bool:
        """Take the lock if it is free; never waits.

        Raises DataFolderUnusable or StorageFull when its file cannot be made.
        """
        if self.held:
            return True
        try:
            make_folder(self._path.parent)
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise refused(error) from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return False
        with suppress(OSError):  # on a full disk the lock works without it
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        self._descriptor = descriptor
        return True

    def holder(self) -> str:
        """The PID written by the process that took the lock last."""
        try:
            return self._path.read_text(encoding="ascii").strip() or "unknown"
        except (OSError, UnicodeDecodeError):
            return "unknown"

    def held_by(self) -> int | None:
        """The PID of the process that holds the lock now, found without taking the lock.

        That is the PID in the file if the process has the file open: a process that finds the lock
        taken closes the file at once, and a reused PID never opened it.
        """
        try:
            pid = int(self.holder())
            file = self._path.stat()
            for descriptor in Path(f"/proc/{pid}/fd").iterdir():
                with suppress(OSError):  # closed meanwhile
                    if os.path.samestat(descriptor.stat(), file):
                        return pid
        except (OSError, ValueError):
            return None
        return None

    def release(self) -> None:
        """Free the lock; the file stays, since removing it would let two processes lock it."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


@contextmanager
def only_one(path: Path, refusal: str) -> Iterator[None]:
    """Hold a lock; raises AlreadyRunning with `refusal`, its `{pid}` filled in, if it is taken."""
    lock = ProcessLock(path)
    if not lock.acquire():
        raise AlreadyRunning(refusal.replace("{pid}", str(lock.holder())))
    try:
        yield
    finally:
        lock.release()
