"""One finding of the scanner."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, order=True, slots=True)
class Problem:
    """What was found and why it is out; line and column count from 1, in characters."""

    path: str
    line: int
    column: int
    term: str
    why: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}: {self.term} ({self.why})"
