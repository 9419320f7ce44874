"""How long nobody owned the job store."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from jobs.store.link import LinkBroken, StoreLink

PAUSE_S = 0.02
ANSWER_S = 0.5


class OwnerProber:
    """Asks the owner over its socket, never becoming it, and notes when it answered."""

    def __init__(self, data: Path) -> None:
        self.longest_s = 0.0
        self.answers = 0
        self._folder = data / "run"
        self._last: float | None = None
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

    def _run(self) -> None:
        link: StoreLink | None = None
        while not self._over.wait(PAUSE_S):
            try:
                deadline = time.monotonic() + ANSWER_S
                link = link or StoreLink(self._folder, deadline)
                link.call("size", (), deadline)
                self._note(time.monotonic())
            except LinkBroken:
                if link is not None:
                    with suppress(OSError):
                        link.close()
                link = None

    def _note(self, now: float) -> None:
        if self._last is not None and not self._frozen:
            self.longest_s = max(self.longest_s, now - self._last)
        self.answers += 1
        self._last = now
