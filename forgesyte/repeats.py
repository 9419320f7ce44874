"""A log filter that limits repeated warnings and errors."""

import logging
import time

PAUSE_S = 30.0
REMEMBERED = 1000


class RepeatFilter(logging.Filter):
    """Drops a warning or error if the same message was logged in the last 30 s."""

    def __init__(self) -> None:
        super().__init__()
        self._last: dict[tuple[str, int, str], float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        key, now = (record.name, record.levelno, record.getMessage()), time.monotonic()
        if record.levelno < logging.WARNING or now - self._last.get(key, -PAUSE_S) < PAUSE_S:
            return record.levelno < logging.WARNING
        self._last.pop(key, None)
        self._last[key] = now
        if len(self._last) > REMEMBERED:
            del self._last[next(iter(self._last))]
        return True
