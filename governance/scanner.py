"""Scans files for forbidden terms and phase-prefixed names."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from governance.vocabulary import Vocabulary, is_edge

_PHASE = re.compile(r"phase[\W_]*(?:\d+|[ivx]+(?![a-z]))", re.IGNORECASE)
_PHASE_WHY = "functional files are named by what they do (G10)"


@dataclass(frozen=True, order=True, slots=True)
class Problem:
    """A forbidden term in a file. Sortable by path and line, counted from 1."""

    path: str
    line: int
    term: str
    why: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.term} ({self.why})"


def scan(paths: Iterable[Path], vocabulary: Vocabulary) -> Iterator[Problem]:
    """Yield the problems in files and, recursively, in folders, except Python's caches.

    Raises OSError for unreadable paths.
    """
    for path in paths:
        for file in below(path) if path.is_dir() else [path]:
            yield from _name_problems(file, file.relative_to(path.parent), vocabulary)
            yield from _text_problems(file, vocabulary)


def below(folder: Path) -> Iterator[Path]:
    """All files below a folder; follows symbolic links."""
    for parent, folders, names in os.walk(folder, followlinks=True):
        folders[:] = sorted(name for name in folders if name != "__pycache__")
        yield from (Path(parent, name) for name in sorted(names))


def _name_problems(file: Path, name: Path, vocabulary: Vocabulary) -> Iterator[Problem]:
    for _, term in vocabulary.find(str(name)):
        yield Problem(str(file), 1, f"{term.name} in the file name", term.why)
    if any(is_edge(str(name), match.start()) for match in _PHASE.finditer(str(name))):
        yield Problem(str(file), 1, "phase in the file name", _PHASE_WHY)


def _text_problems(file: Path, vocabulary: Vocabulary) -> Iterator[Problem]:
    content = file.read_bytes()
    if b"\0" in content:
        return  # binary
    text = content.decode(errors="replace")
    for offset, term in vocabulary.find(text):
        yield Problem(str(file), text.count("\n", 0, offset) + 1, term.name, term.why)
