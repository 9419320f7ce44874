"""What the drawn videos say."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

_PHRASES = yaml.safe_load(Path(__file__).with_name("phrases.yaml").read_text(encoding="utf-8"))


def phrases(chance: random.Random, kind: str, number: int) -> list[Any]:
    """So many phrases of a kind of phrases.yaml, none twice, with other figures each time."""
    return [_filled(chance, phrase) for phrase in chance.sample(_PHRASES[kind], number)]


def endless(chance: random.Random, kind: str) -> Iterator[Any]:
    """Phrases of a kind without end, the same one not soon again."""
    while True:
        yield from phrases(chance, kind, len(_PHRASES[kind]))


def _filled(chance: random.Random, phrase: Any) -> Any:
    if isinstance(phrase, list):
        return [_filled(chance, line) for line in phrase]
    small, large = str(chance.randint(12, 48)), str(chance.randint(51, 99))
    return phrase.replace("{n}", small).replace("{m}", large)
