"""One finding of the scanner."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, order=True, slots=True)
class Problem:
    """A forbidden term in a file; problems sort by path and line. Lines count from 1."""

    path: str
    line: int
    term: str
    why: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.term} ({self.why})"
