"""What the generated lines say: words, numbers, scores, clocks, codes and made-up words."""

import string
from collections.abc import Callable
from pathlib import Path

import numpy as np

WORDS = tuple(Path(__file__).with_name("words.txt").read_text().split())
_CLUSTERS = ("br", "ch", "cl", "dr", "fl", "gr", "kr", "pl", "sh", "st", "th", "tr")
_CONSONANTS = (*"bcdfghjklmnprstvwxz", *_CLUSTERS)
_VOWELS = (*"aeiouy", "ai", "ea", "ee", "io", "ou")
_CAPITALS = tuple(string.ascii_uppercase)
_HELD_OUT_EVERY = 5


def vocabulary(held_out: bool) -> tuple[str, ...]:
    """Return the words for training, or the ones that only the held-out images show."""
    trained = tuple(word for index, word in enumerate(WORDS) if index % _HELD_OUT_EVERY)
    if not held_out:
        return trained
    return tuple(word for word in WORDS[::_HELD_OUT_EVERY] if word not in trained)


def _pick(rng: np.random.Generator, items: tuple[str, ...]) -> str:
    return items[int(rng.integers(len(items)))]


def _invented(rng: np.random.Generator) -> str:
    syllables = (_pick(rng, _CONSONANTS) + _pick(rng, _VOWELS) for _ in range(rng.integers(1, 4)))
    return "".join(syllables) + (_pick(rng, _CONSONANTS) if rng.random() < 0.5 else "")


def _word(rng: np.random.Generator, words: tuple[str, ...]) -> str:
    return _invented(rng) if rng.random() < 0.3 else _pick(rng, words)


def _cased(rng: np.random.Generator, text: str) -> str:
    return (text.upper(), text.upper(), text.title(), text.capitalize(), text)[rng.integers(5)]


def _phrase(rng: np.random.Generator, words: tuple[str, ...]) -> str:
    text = " ".join(_word(rng, words) for _ in range(rng.integers(2, 6)))
    return _cased(rng, text) + _pick(rng, ("", "", "", ".", "!", "?", ":", "..."))


def _single(rng: np.random.Generator, words: tuple[str, ...]) -> str:
    return _cased(rng, _word(rng, words))


def _number(rng: np.random.Generator, words: tuple[str, ...]) -> str:
    value = int(rng.integers(0, 10 ** int(rng.integers(1, 7))))
    forms = (
        f"{value}",
        f"{value:,}",
        f"{value / 100:.2f}",
        f"${value}",
        f"{value}%",
        f"#{value}",
        f"-{value}",
    )
    return _pick(rng, forms)


def _score(rng: np.random.Generator, words: tuple[str, ...]) -> str:
    home, away = (int(goals) for goals in rng.integers(0, 12, 2))
    separator = _pick(rng, (":", " : ", "-", " - ", "\u2013"))
    score = f"{home}{separator}{away}"
    if rng.random() < 0.5:
        return score
    return f"{_word(rng, words)} {score} {_word(rng, words)}".upper()


def _clock(rng: np.random.Generator, words: tuple[str, ...]) -> str:
    a, b, c = (int(part) for part in rng.integers(0, 60, 3))
    return _pick(
        rng,
        (
            f"{a:02}:{b:02}",
            f"{a % 24:02}:{b:02}:{c:02}",
            f"{a % 28 + 1}.{b % 12 + 1}.20{c:02}",
            f"{a}'",
        ),
    )


def _code(rng: np.random.Generator, words: tuple[str, ...]) -> str:
    letters = "".join(_pick(rng, _CAPITALS) for _ in range(rng.integers(1, 4)))
    return f"{letters}{_pick(rng, ('', ' ', '-', '/'))}{int(rng.integers(1, 10000))}"


def _labelled(rng: np.random.Generator, words: tuple[str, ...]) -> str:
    return f"{_single(rng, words)} {int(rng.integers(0, 100))}"


_KINDS: tuple[tuple[float, Callable[[np.random.Generator, tuple[str, ...]], str]], ...] = (
    (0.40, _phrase),
    (0.22, _single),
    (0.08, _number),
    (0.10, _score),
    (0.06, _clock),
    (0.06, _code),
    (0.08, _labelled),
)


def random_line(rng: np.random.Generator, words: tuple[str, ...]) -> str:
    """Return one line of text, never empty."""
    chances = np.array([chance for chance, _ in _KINDS])
    return _KINDS[int(rng.choice(len(_KINDS), p=chances))][1](rng, words)
