"""A lock on a file that says which process holds it."""

from __future__ import annotations

import fcntl
import os
from contextlib import suppress
from pathlib import Path


class ProcessLock:
    """An exclusive `flock`, freed by the kernel when its process dies in whatever way.

    The PID in the file is only for messages: a PID alone would lie once it is used again.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None

    @property
    def held(self) -> bool:
        return self._descriptor is not None

    def acquire(self) -> bool:
        """Take the lock if it is free; never waits."""
        if self.held:
            return True
        self._path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return False
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
        """The process that holds the lock now, asked without taking it even for a moment.

        It is the one whose PID is in the file, as long as that process has the file open: who
        finds the lock taken closes it at once, and another process of that number never had it.
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
