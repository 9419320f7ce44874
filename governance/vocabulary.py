"""The forbidden terms, and how they are found in a text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

RULES_FILE = Path(__file__).with_name("forbidden_vocabulary_phase16.yaml")

# Between the words of a term: nothing, blanks and separators, or a single mark as in `gpu.worker`.
# A mark with a blank behind it parts two sentences.
_SEPARATOR = r"(?:[\s_*#‐-―-]*|[.:/])"  # noqa: RUF001


@dataclass(frozen=True, slots=True)
class Term:
    """A forbidden term; each spelling is its words, lower case, with one space between them."""

    name: str
    why: str
    spellings: list[str]


class Vocabulary:
    """Finds terms by identifier words, in any case, with any separator, singular or plural."""

    def __init__(self, terms: list[Term]) -> None:
        spelled = [(_pattern(spelling), term) for term in terms for spelling in term.spellings]
        self._any = re.compile("|".join(pattern for pattern, _ in spelled), re.IGNORECASE)
        self._patterns = [(re.compile(pattern, re.IGNORECASE), term) for pattern, term in spelled]

    def find(self, text: str) -> Iterator[tuple[int, Term]]:
        """The terms in `text`, each with its offset in characters."""
        if not self._any.search(text):
            return
        for pattern, term in self._patterns:
            for match in pattern.finditer(text):
                if is_edge(text, match.start()) and _ends_word(text, match.end()):
                    yield match.start(), term


@dataclass(frozen=True, slots=True)
class Rules:
    """What the rules file says."""

    functional_folders: list[str]
    terms: list[Term]


def load(path: Path = RULES_FILE) -> Rules:
    """The rules in `path`; raises TypeError for a key that is missing or unknown."""
    rules = Rules(**yaml.safe_load(path.read_text("utf-8")))
    terms = [Term(**term) for term in rules.terms]  # type: ignore[arg-type]
    return Rules(rules.functional_folders, terms)


def is_edge(text: str, index: int) -> bool:
    """Whether a word begins or ends at `index`: `use|SSE`, `SSE|Client`, `SSE|client`, `a|_|b`."""
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
    """Whether a word ends here, perhaps after the ending of a plural."""
    return any(
        text[end : end + len(ending)].lower() == ending and is_edge(text, end + len(ending))
        for ending in ("", "s", "es")
    )


def _is_letter(character: str) -> bool:
    return character.isascii() and character.isalpha()
