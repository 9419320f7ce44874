"""The ways a text can be read: as it stands, with its escapes decoded, with its pieces joined."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

# Cyrillic and Greek letters that look like Latin ones; NFKD keeps them apart.
_LOOKALIKES = str.maketrans(
    "\u0430\u0441\u0435\u0456\u0458\u043e\u0440\u0455\u0443\u0445\u0442\u043c\u043a\u051b\u051d"
    "\u0410\u0412\u0421\u0415\u041d\u0406\u0408\u041a\u041c\u041e\u0420\u0405\u0422\u0425\u051c"
    "\u03bf\u03b1\u03b9\u03bd\u03c1\u0391\u0392\u0395\u0396\u0397\u0399\u039a\u039c\u039d\u039f"
    "\u03a1\u03a4\u03a5\u03a7\u0131\u0261",
    "aceijopsyxtmkqw" + "ABCEHIJKMOPSTXW" + "oaivpABEZHIKMNO" + "PTYXig",
)
_ESCAPE = re.compile(
    r"\\(?:x(?P<x>[0-9a-f]{2})|u(?P<u>[0-9a-f]{4})|U(?P<U>[0-9a-f]{8})|u\{(?P<b>[0-9a-f]{1,6})\}"
    r"|(?P<o>[0-7]{1,3})|N\{(?P<name>[^{}]*)\}|(?P<line>\r?\n)|(?P<space>[abfnrtv])|\\)"
    r"|%(?P<p>[0-9a-f]{2})|(?P<entity>&\#?\w+;?)",
    re.IGNORECASE,
)
_JOIN = re.compile(
    r"""["'`]\s*\+\s*["'`]|<!--.*?-->|/\*.*?\*/|</?[a-z][^<>]*>""", re.IGNORECASE | re.DOTALL
)


class Reading(NamedTuple):
    """text[i] stands for source[offsets[i]]; offsets has one more entry, for the end."""

    text: str
    offsets: Sequence[int]


def readings(source: str) -> Iterator[Reading]:
    """Every way to read `source`; the first is the text itself in Latin letters."""
    yield _replaced(source, None)
    for pattern in (_ESCAPE, _JOIN):
        if pattern.search(source):
            yield _replaced(source, pattern)


def _replaced(source: str, pattern: re.Pattern[str] | None) -> Reading:
    if pattern is None and source.isascii():
        return Reading(source, range(len(source) + 1))
    text: list[str] = []
    offsets: list[int] = []
    end = 0
    for match in pattern.finditer(source) if pattern else ():
        _append_latin(source, end, match.start(), text, offsets)
        meaning = _decoded(match) if pattern is _ESCAPE else ""
        text.append(meaning)
        offsets.extend([match.start()] * len(meaning))
        end = match.end()
    _append_latin(source, end, len(source), text, offsets)
    return Reading("".join(text), [*offsets, len(source)])


def _append_latin(source: str, start: int, end: int, text: list[str], offsets: list[int]) -> None:
    part = source[start:end]
    if part.isascii():
        text.append(part)
        offsets.extend(range(start, end))
        return
    for offset, character in enumerate(part, start):
        letters = _latin(character)
        text.append(letters)
        offsets.extend([offset] * len(letters))


@lru_cache(maxsize=4096)
def _latin(character: str) -> str:
    """A character without accent, width or style; nothing for those that do not show."""
    parts = unicodedata.normalize("NFKD", character)
    seen = (part for part in parts if unicodedata.category(part) not in ("Mn", "Me", "Cf"))
    return "".join(seen).translate(_LOOKALIKES)


def _decoded(match: re.Match[str]) -> str:
    found = {name: value for name, value in match.groupdict().items() if value is not None}
    if "space" in found:
        return " "
    if "line" in found:
        return ""
    try:
        if "entity" in found:
            meaning = html.unescape(found["entity"])
        elif "name" in found:
            meaning = unicodedata.lookup(found["name"])
        elif "o" in found:
            meaning = chr(int(found["o"], 8))
        elif found:
            meaning = chr(int(next(iter(found.values())), 16))
        else:
            meaning = "\\"
    except (KeyError, ValueError, OverflowError):
        return match.group()
    return "".join(map(_latin, meaning))
