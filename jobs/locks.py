"""A file lock that records the PID of its holder."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from jobs.exceptions import AlreadyRunning
from jobs.storage.local import disk_error, make_folder


class ProcessLock:
    """An exclusive `flock`, released by the kernel when its process ends.

    The PID in the file is for messages only: it may be stale or reused.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None

    @property
    def held(self) -> bool:
        return self._descriptor is not None

    def acquire(self) -> bool:
        """Take the lock if it is free, without waiting.

        Raises DataFolderUnusable or StorageFull if its file cannot be created.
        """
        if self.held:
            return True
        try:
            make_folder(self._path.parent)
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise disk_error(error) from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return False
        with suppress(OSError):  # the lock works without it, as on a full disk
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        self._descriptor = descriptor
        return True

    def holder(self) -> str:
        """The PID that the last holder wrote."""
        try:
            return self._path.read_text(encoding="ascii").strip() or "unknown"
        except (OSError, UnicodeDecodeError):
            return "unknown"

    def held_by(self) -> int | None:
        """The PID of the current holder, found without taking the lock; None if there is none.

        That is the PID in the file if that process has the file open: others close it at once if
        the lock is taken, and a reused PID has never opened it.
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
        """Release the lock. The file stays, since removing it would allow two holders."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


@contextmanager
def only_one(path: Path, refusal: str) -> Iterator[None]:
    """Hold a lock; raises AlreadyRunning(refusal) if it is taken, with `{pid}` replaced."""
    lock = ProcessLock(path)
    if not lock.acquire():
        raise AlreadyRunning(refusal.replace("{pid}", str(lock.holder())))
    try:
        yield
    finally:
        lock.release()
