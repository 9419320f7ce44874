"""How long an installation is without an owner of its job store."""

from __future__ import annotations

import threading
import time
from pathlib import Path

from jobs.store.gateway import LOCK_NAME
from jobs.store.wire import Wire, WireBroken


class Prober(threading.Thread):
    """Measures how long no owner of the job store answers, except while `excused`."""

    def __init__(self, data: Path) -> None:
        super().__init__()
        self.longest_s, self.excused, self.stopped = 0.0, False, False
        self._folder = data / "run"

    def owner(self) -> int:
        return int((self._folder / LOCK_NAME).read_text() or 0)

    def run(self) -> None:
        wire: Wire | None = None
        last = time.monotonic()
        while not self.stopped:
            time.sleep(0.02)
            deadline = time.monotonic() + 0.5
            try:
                wire = wire or Wire.connect(self._folder, deadline)
                wire.send(("size", (), {}, deadline), deadline)
                wire.receive(deadline)
                answered = True
            except WireBroken:
                if wire is not None:
                    wire.close()
                wire, answered = None, False
            if answered and not self.excused:
                self.longest_s = max(self.longest_s, time.monotonic() - last)
            if answered or self.excused:
                last = time.monotonic()
