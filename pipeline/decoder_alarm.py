"""A bound on the time in which a video brings nothing, and none on the time of a video.

A decoder can run in circles or wait for itself for ever on a hostile file. The kernel's timer ends
its process then, whatever the decoder does: it needs no thread and not the interpreter. It is set
anew for each frame, and rests while models run on one.
"""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager

# Before its first frame, or between two, a whole file may have to be read.
SLOWEST_DISK = 10 * 2**20  # bytes a second


class DecoderAlarm:
    """Is told when a decoder runs and rests. This one does nothing: its process is not ours to end.

    silent_s: seconds in which it has to bring a frame, beside the time to read the file. A frame
    of 8192 x 4320 pixels takes a slow core two. Used by one thread.
    """

    def __init__(self, silent_s: float = 60.0) -> None:
        self._silent_s = self._seconds = silent_s

    @contextmanager
    def running(self, video_bytes: int) -> Iterator[None]:
        """Within this, the process has to bring a frame of a file of this size now and then."""
        self._seconds = self._silent_s + video_bytes / SLOWEST_DISK
        self.again()
        try:
            yield
        finally:
            self._set(0)

    @contextmanager
    def resting(self) -> Iterator[None]:
        """Within this, others than the decoder work."""
        self._set(0)
        try:
            yield
        finally:
            self.again()

    def again(self) -> None:
        """The decoder brought something."""
        self._set(self._seconds)

    def _set(self, seconds: float) -> None:
        pass


class ProcessAlarm(DecoderAlarm):
    """Ends this process with SIGALRM."""

    def __init__(self, silent_s: float) -> None:
        super().__init__(silent_s)
        signal.signal(signal.SIGALRM, signal.SIG_DFL)

    def _set(self, seconds: float) -> None:
        signal.setitimer(signal.ITIMER_REAL, seconds)
