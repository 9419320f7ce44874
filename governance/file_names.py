"""Finds what a file's name, kind or title says that it should not."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from governance.config import Rules
from governance.problem import Problem
from governance.reading import readings
from governance.source import SourceFile
from governance.words import Vocabulary, is_edge

_PHASE = re.compile(r"phase[\W_]*(?:\d+|[ivx]+(?![a-z]))", re.IGNORECASE)
_PHASE_NAME = "phase in a file name"
_PHASE_WHY = "functional files are named by what they do (G10)"
_DOCUMENT_WHY = "documents about a phase belong into docs/"
_TITLE_LINES = 5


class FileNameCheck:
    def __init__(self, rules: Rules, vocabulary: Vocabulary) -> None:
        self._names = rules.file_names
        self._documents = frozenset(rules.document_suffixes)
        self._vocabulary = vocabulary

    def problems(self, name: str, path: str) -> Iterator[Problem]:
        """Problems of the name below the tree, folders included; `path` is how it is reported."""
        for _, term in self._vocabulary.find(name):
            yield Problem(path, 1, 1, f"{term.name} in a file name", term.why)
        for part in PurePosixPath(name).parts:
            if names_phase(part):
                yield Problem(path, 1, 1, _PHASE_NAME, _PHASE_WHY)
                break
        last = PurePosixPath(name).name
        if any(fnmatch.fnmatch(last.lower(), member.lower()) for member in self._names.members):
            yield Problem(path, 1, 1, last, self._names.why)

    def title_problems(self, source: SourceFile) -> Iterator[Problem]:
        """A document whose first lines name a phase."""
        if PurePosixPath(source.name).suffix.lower() not in self._documents:
            return
        numbered = [(n, line) for n, line in enumerate(source.lines, 1) if line.strip()]
        for number, line in numbered[:_TITLE_LINES]:
            if names_phase(line):
                yield source.at(number, 1, "phase document", _DOCUMENT_WHY)
                break


def names_phase(text: str) -> bool:
    """Whether a text names a phase by its number: phase16_worker, Phase-16, PHASE_XVI."""
    return any(
        is_edge(reading.text, match.start())
        for reading in readings(text)
        for match in _PHASE.finditer(reading.text)
    )
