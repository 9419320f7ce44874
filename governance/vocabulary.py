"""Finds forbidden terms in text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

RULES_FILE = Path(__file__).with_name("forbidden_vocabulary_phase16.yaml")

# Between the words of a term: nothing, whitespace and separators, or one punctuation mark as in
# `gpu.worker`. Punctuation followed by a blank separates sentences.
_SEPARATOR = r"(?:[\s_*#‐-―-]*|[.:/])"  # noqa: RUF001


@dataclass(frozen=True, slots=True)
class Term:
    """A forbidden term. Spellings are in lower case, with one space between words."""

    name: str
    why: str
    spellings: list[str]


class Vocabulary:
    """Finds terms as whole words of text and identifiers, in any case, singular or plural."""

    def __init__(self, terms: list[Term]) -> None:
        spelled = [(_pattern(spelling), term) for term in terms for spelling in term.spellings]
        self._any = re.compile("|".join(pattern for pattern, _ in spelled), re.IGNORECASE)
        self._patterns = [(re.compile(pattern, re.IGNORECASE), term) for pattern, term in spelled]

    def find(self, text: str) -> Iterator[tuple[int, Term]]:
        """Yield the terms in `text` with their character offsets."""
        if not self._any.search(text):
            return
        for pattern, term in self._patterns:
            for match in pattern.finditer(text):
                if is_edge(text, match.start()) and _ends_word(text, match.end()):
                    yield match.start(), term


@dataclass(frozen=True, slots=True)
class Rules:
    """The content of the rules file."""

    functional_folders: list[str]
    terms: list[Term]


def load(path: Path = RULES_FILE) -> Rules:
    """Load the rules; raises TypeError for missing and unknown keys."""
    rules = Rules(**yaml.safe_load(path.read_text("utf-8")))
    terms = [Term(**term) for term in rules.terms]  # type: ignore[arg-type]
    return Rules(rules.functional_folders, terms)


def is_edge(text: str, index: int) -> bool:
    """Whether `index` is a word boundary: `use|SSE`, `SSE|Client`, `SSE|client`, `a|_|b`."""
    if not 0 < index < len(text):
        return True
    before, after = text[index - 1], text[index]
    if not (_is_letter(before) and _is_letter(after)):
        return True
    if after.isupper():
        return before.islower() or text[index + 1 : index + 2].islower()
    return text[max(index - 2, 0) : index].isupper() and index >= 2


def _pattern(spelling: str) -> str:
    return _SEPARATOR.join(map(re.escape, spelling.split()))


def _ends_word(text: str, end: int) -> bool:
    """Whether a word ends here, or after a plural ending."""
    return any(
        text[end : end + len(ending)].lower() == ending and is_edge(text, end + len(ending))
        for ending in ("", "s", "es")
    )


def _is_letter(character: str) -> bool:
    return character.isascii() and character.isalpha()
