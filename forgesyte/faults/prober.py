"""How long nobody owned the job store."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from jobs.store.gateway import LOCK_NAME
from jobs.store.wire import Wire, WireBroken

PAUSE_S = 0.02
ANSWER_S = 0.5


class OwnerProber:
    """Asks the owner over its socket, never becoming it, and notes when it answered.

    longest_s: without an answer, but for the time in which a process was frozen;
    longest_with_frozen_s: in all.
    """

    def __init__(self, data: Path) -> None:
        self.longest_s = self.longest_with_frozen_s = 0.0
        self.answers = 0
        self._folder = data / "run"
        self._last: float | None = None
        self._last_ever: float | None = None
        self._frozen = False
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> OwnerProber:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._over.set()
        self._thread.join()

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """A process is frozen, which may be the owner: it keeps the store until it goes on."""
        self._frozen = True
        try:
            yield
        finally:
            self._last = None
            self._frozen = False

    def owner(self) -> int | None:
        """The process that owns the store now, as its lock says."""
        text = (self._folder / LOCK_NAME).read_text().strip()
        return int(text) if text.isdigit() else None

    def _run(self) -> None:
        wire: Wire | None = None
        while not self._over.wait(PAUSE_S):
            try:
                deadline = time.monotonic() + ANSWER_S
                wire = wire or Wire.connect(self._folder, deadline)
                wire.send(("size", (), {}, deadline), deadline)
                wire.receive(deadline)
                self._note(time.monotonic())
            except WireBroken:
                if wire is not None:
                    wire.close()
                wire = None

    def _note(self, now: float) -> None:
        if self._last is not None and not self._frozen:
            self.longest_s = max(self.longest_s, now - self._last)
        if self._last_ever is not None:
            self.longest_with_frozen_s = max(self.longest_with_frozen_s, now - self._last_ever)
        self.answers += 1
        self._last = self._last_ever = now
