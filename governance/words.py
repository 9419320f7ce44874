"""Finds forbidden terms in a text, whatever their case and whatever parts their words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from governance.config import Term
from governance.reading import readings

# What may stand between the words of a term: nothing, separators, quotes and the signs that
# begin a comment line, markup, one placeholder of a format string, or one mark. A full stop
# followed by a space parts two sentences.
_GAP = (
    r"(?:(?:[\s_*#`'\"+{}\u2010-\u2015\-]|//|<[^<>]{0,80}>)*+"
    r"|\{[^{}\n]{0,40}\}|%[a-z]|[.:/~|\\])"
)


class Vocabulary:
    """The forbidden terms, ready to be searched for."""

    def __init__(self, terms: Iterable[Term]) -> None:
        self._patterns = [
            (re.compile(_pattern(spelling), re.IGNORECASE), term)
            for term in terms
            for spelling in term.spellings
        ]
        self._any = re.compile("|".join(p.pattern for p, _ in self._patterns), re.IGNORECASE)
        # Most of a file's identifiers come back many times.
        self._find_again = lru_cache(maxsize=65536)(self._find)

    def find(self, text: str) -> tuple[tuple[int, Term], ...]:
        """The terms in `text`, each with its offset in characters, in order of the offsets."""
        return self._find_again(text) if len(text) <= 80 else self._find(text)

    def _find(self, text: str) -> tuple[tuple[int, Term], ...]:
        found = {
            (reading.offsets[start], term.name): (reading.offsets[start], term)
            for reading in readings(text)
            for start, term in self._matches(reading.text)
        }
        return tuple(found[key] for key in sorted(found))

    def _matches(self, text: str) -> Iterator[tuple[int, Term]]:
        if not self._any.search(text):
            return
        for pattern, term in self._patterns:
            for match in pattern.finditer(text):
                if is_edge(text, match.start()) and _ends_word(text, match.end()):
                    yield match.start(), term


def _pattern(spelling: str) -> str:
    return _GAP.join(map(re.escape, spelling.split()))


def _ends_word(text: str, end: int) -> bool:
    """Whether a word ends here, or would without the ending of a plural."""
    return any(
        text[end : end + len(ending)].lower() == ending and is_edge(text, end + len(ending))
        for ending in ("", "s", "es", "'s")
    )


def is_edge(text: str, index: int) -> bool:
    """Whether a word begins or ends at `index`: `use|SSE`, `SSE|Client`, `SSE|client`, `a|_|b`."""
    if index <= 0 or index >= len(text):
        return True
    before, after = text[index - 1], text[index]
    if not (_is_letter(before) and _is_letter(after)):
        return True
    if after.isupper():
        return before.islower() or text[index + 1 : index + 2].islower()
    return before.isupper() and text[max(index - 2, 0)].isupper() and index >= 2


def _is_letter(character: str) -> bool:
    return character.isascii() and character.isalpha()
