"""A filter for the log: a warning or an error that repeats is written once in a while."""

import logging
import time

PAUSE_S = 30.0
REMEMBERED = 1000


class RepeatFilter(logging.Filter):
    """Drops a record of level WARNING or above whose text was let through less than 30 s ago."""

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
