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
_ACCENTS = str.maketrans("aeoun", "äéöüñ")


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
    word = _invented(rng) if rng.random() < 0.3 else _pick(rng, words)
    return word.translate(_ACCENTS) if rng.random() < 0.04 else word


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


def _hours(rng: np.random.Generator, words: tuple[str, ...]) -> str:
    a, b = (int(hour) for hour in rng.integers(0, 24, 2))
    days = _pick(rng, ("Mon-Fri", "Sat", "Sun", "Mo - Fr", "Daily", "Open", "Closed", "Tue"))
    return f"{days} {a}{_pick(rng, (':00', '.30', 'am', ''))}-{b}{_pick(rng, (':00', '.30', 'pm'))}"


def _price(rng: np.random.Generator, words: tuple[str, ...]) -> str:
    value = int(rng.integers(1, 10000))
    return _pick(
        rng, (f"$ {value / 100:.2f}", f"{value // 100},-", f"only {value}", f"-{value % 90}%")
    )


def _contact(rng: np.random.Generator, words: tuple[str, ...]) -> str:
    number, (a, b) = int(rng.integers(10**5, 10**10)), (_word(rng, words), _word(rng, words))
    forms = (
        f"www.{a}{b}.com",
        f"{a}@{b}.org",
        f"Tel. {number}",
        f"{number:,}".replace(",", " "),
        f"https://{a}.net/{b}",
        f"+{number % 97} {number // 97}",
        f"@{a}_{b}",
    )
    return _pick(rng, forms)


def _street(rng: np.random.Generator, words: tuple[str, ...]) -> str:
    kind = _pick(rng, ("Street", "Road", "Avenue", "Lane", "St", "Rd", "Square", "Way", "Platz"))
    name = f"{_word(rng, words).title()} {kind}"
    return _pick(rng, (name, name.upper(), f"{int(rng.integers(1, 300))} {name}"))


def short_line(rng: np.random.Generator, words: tuple[str, ...]) -> str:
    """Return one or two words or a number: what stands on signs."""
    kind = rng.integers(6)
    if kind == 0:
        return _number(rng, words)
    if kind == 1:
        return f"{_word(rng, words)} {_word(rng, words)}".title()
    return _cased(rng, _word(rng, words))


def figure(rng: np.random.Generator) -> str:
    """Return a house number, a single letter or a short code."""
    value, letter = int(rng.integers(1, 10 ** int(rng.integers(1, 5)))), _pick(rng, _CAPITALS)
    return _pick(
        rng, (f"{value}", f"{value}", f"{value}{letter.lower()}", letter, f"{letter}{value % 100}")
    )


def sentence(rng: np.random.Generator, words: tuple[str, ...], count: int) -> str:
    """Return `count` words of running text with points, commas and figures."""
    text, start = [], True
    for _ in range(count):
        word = str(int(rng.integers(0, 3000))) if rng.random() < 0.04 else _word(rng, words)
        word = word.capitalize() if start or rng.random() < 0.05 else word
        end = _pick(rng, (".", ",", ".", ";", ")", "?")) if rng.random() < 0.14 else ""
        start = end in (".", "?") and bool(end)
        text.append(word + end)
    return " ".join(text)


def code_line(rng: np.random.Generator, words: tuple[str, ...]) -> str:
    """Return a line of a program."""
    a, b, c = (_word(rng, words) for _ in range(3))
    number = int(rng.integers(0, 200))
    forms = (
        f"{a} = {b}({c}, {number})",
        f"def {a}_{b}({c}):",
        f"if {a} != {number}:",
        "return " + a,
        f"for {a} in {b}[{number}]:",
        f"# {a} {b} {c}",
        f"{a}.{b}('{c}')",
        "} else {",
        f"$ {a} --{b}={c}",
        f"import {a}.{b}",
        f"let {a}: {b} = {number};",
        f"</{a}>",
    )
    return _pick(rng, forms)


def _labelled(rng: np.random.Generator, words: tuple[str, ...]) -> str:
    return f"{_single(rng, words)} {int(rng.integers(0, 100))}"


_KINDS: tuple[tuple[float, Callable[[np.random.Generator, tuple[str, ...]], str]], ...] = (
    (0.33, _phrase),
    (0.20, _single),
    (0.08, _number),
    (0.07, _score),
    (0.05, _clock),
    (0.06, _code),
    (0.07, _labelled),
    (0.03, _hours),
    (0.03, _price),
    (0.04, _contact),
    (0.04, _street),
)


def random_line(rng: np.random.Generator, words: tuple[str, ...]) -> str:
    """Return one line of text, never empty."""
    chances = np.array([chance for chance, _ in _KINDS])
    return _KINDS[int(rng.choice(len(_KINDS), p=chances))][1](rng, words)
