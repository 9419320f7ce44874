"""Ends a decoder that produces no frame for a minute; how long a video takes is not bounded.

A decoder can loop or deadlock on a hostile file. The kernel's timer then ends its process,
whatever the decoder does: it needs neither a thread nor the interpreter. It is reset by each frame
and paused while models run on one.
"""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager

# Before its first frame, or between two, a whole file may have to be read.
SLOWEST_DISK = 10 * 2**20  # bytes a second


class Watchdog:
    """Told when a decoder runs and pauses. This one does nothing: its process is not ours to end.

    silent_s: seconds within which a frame has to come, besides the time to read the file. A frame
    of 8192 x 4320 pixels takes a slow core two. Used by one thread.
    """

    def __init__(self, silent_s: float = 60.0) -> None:
        self._silent_s = self._seconds = silent_s

    @contextmanager
    def running(self, video_bytes: int) -> Iterator[None]:
        """Within this, the process has to produce a frame of a file of this size now and then."""
        self._seconds = self._silent_s + video_bytes / SLOWEST_DISK
        self.reset()
        try:
            yield
        finally:
            self._set(0)

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Within this, something other than the decoder works."""
        self._set(0)
        try:
            yield
        finally:
            self.reset()

    def reset(self) -> None:
        """The decoder produced something."""
        self._set(self._seconds)

    def _set(self, seconds: float) -> None:
        pass


class ProcessWatchdog(Watchdog):
    """Ends this process with SIGALRM."""

    def __init__(self, silent_s: float) -> None:
        super().__init__(silent_s)
        signal.signal(signal.SIGALRM, signal.SIG_DFL)

    def _set(self, seconds: float) -> None:
        signal.setitimer(signal.ITIMER_REAL, seconds)
