"""Takes the values of a YAML mapping one by one and notes every fault with its key."""

from __future__ import annotations

import re
from typing import Any

_MISSING = object()


class Fields:
    """A mapping at `key` of the file; `faults` is shared with the mappings inside it."""

    def __init__(self, content: Any, key: str, faults: list[str] | None = None) -> None:
        self.faults: list[str] = [] if faults is None else faults
        self._prefix = f"{key}." if key else ""
        # What is in a mapping that is none, or is missing, is not asked for as well.
        self._silent = False
        self._unread: dict[Any, Any] = {}
        if isinstance(content, dict):
            self._unread = dict(content)
        else:
            if content is not _MISSING:
                self._fault(key or "the file", "must be a mapping")
            self._silent = True

    def text(self, key: str, pattern: str = r"(?s).*\S.*") -> str:
        """A text that matches `pattern` as a whole; an empty one after a fault."""
        value = self._take(key)
        if value is not None:
            self._check_text(self._prefix + key, value, pattern)
        return value if isinstance(value, str) else ""

    def texts(self, key: str, pattern: str) -> tuple[str, ...]:
        """A list of different texts, at least one."""
        values = self._take_list(key)
        for index, value in enumerate(values):
            self._check_text(f"{self._prefix}{key}[{index}]", value, pattern)
            if value in values[:index]:
                self._fault(f"{self._prefix}{key}[{index}]", f"{value!r} stands there twice")
        return tuple(value for value in values if isinstance(value, str))

    def child(self, key: str) -> Fields:
        """The mapping at `key`."""
        value = self._take(key)
        return Fields(_MISSING if value is None else value, self._prefix + key, self.faults)

    def children(self, key: str) -> list[Fields]:
        """A list of mappings, at least one."""
        return [
            Fields(value, f"{self._prefix}{key}[{index}]", self.faults)
            for index, value in enumerate(self._take_list(key))
        ]

    def finish(self) -> None:
        """Every key that nobody took is a fault."""
        for key in self._unread:
            self._fault(f"{self._prefix}{key}", "unknown key")

    def _take(self, key: str) -> Any:
        value = self._unread.pop(key, None)
        if value is None:
            self._fault(self._prefix + key, "is missing")
        return value

    def _take_list(self, key: str) -> list[Any]:
        value = self._take(key)
        if value is not None and not (isinstance(value, list) and value):
            self._fault(self._prefix + key, "must be a list with at least one entry")
        return value if isinstance(value, list) else []

    def _check_text(self, where: str, value: Any, pattern: str) -> None:
        if not isinstance(value, str):
            self._fault(where, f"must be a text, not {value!r}")
        elif not re.fullmatch(pattern, value):
            self._fault(where, f"{value!r} is not of the form {pattern}")

    def _fault(self, where: str, what: str) -> None:
        if not self._silent:
            self.faults.append(f"{where}: {what}")
