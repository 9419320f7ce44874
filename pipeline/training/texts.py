"""What the generated lines say: words, numbers, scores, clocks, codes and made-up words."""

import string
from collections.abc import Callable
from pathlib import Path

import numpy as np

from pipeline.training.drawing import Rng

WORDS = tuple(Path(__file__).with_name("words.txt").read_text().split())
_CLUSTERS = ("br", "ch", "cl", "dr", "fl", "gr", "kr", "pl", "sh", "st", "th", "tr")
_CONSONANTS = (*"bcdfghjklmnprstvwxz", *_CLUSTERS)
_VOWELS = (*"aeiouy", "ai", "ea", "ee", "io", "ou")
_HELD_OUT_EVERY = 5
_ACCENTS = str.maketrans("aeoun", "äéöüñ")


def vocabulary(held_out: bool) -> tuple[str, ...]:
    """Return the words for training, or the ones that only the held-out images show."""
    trained = tuple(word for index, word in enumerate(WORDS) if index % _HELD_OUT_EVERY)
    if not held_out:
        return trained
    return tuple(word for word in WORDS[::_HELD_OUT_EVERY] if word not in trained)


class Texts:
    """Random lines of text, made of the words of one split."""

    def __init__(self, rng: Rng, words: tuple[str, ...]) -> None:
        self.rng, self.words = rng, words
        self.kinds: tuple[tuple[float, Callable[[], str]], ...] = (
            (0.38, self._phrase),
            (0.24, self._single),
            (0.10, self._number),
            (0.08, self._score),
            (0.06, self._clock),
            (0.06, self._code),
            (0.08, lambda: f"{self._single()} {rng.whole(0, 100)}"),
        )

    def line(self) -> str:
        chances = np.array([chance for chance, _ in self.kinds])
        return self.kinds[int(self.rng.choice(len(self.kinds), p=chances))][1]()

    def short(self) -> str:
        """Return one or two words or a number: what stands on signs."""
        kind = self.rng.integers(6)
        if kind == 0:
            return self._number()
        return f"{self._word()} {self._word()}".title() if kind == 1 else self._single()

    def sentence(self, count: int) -> str:
        """Return `count` words of running text with points, commas and figures."""
        rng, text, start = self.rng, [], True
        for _ in range(count):
            word = str(rng.whole(0, 3000)) if rng.chance(0.04) else self._word()
            word = word.capitalize() if start or rng.chance(0.05) else word
            end = rng.pick((".", ",", ".", ";", ")", "?")) if rng.chance(0.14) else ""
            start = end in (".", "?")
            text.append(word + end)
        return " ".join(text)

    def _invented(self) -> str:
        rng = self.rng
        syllables = [rng.pick(_CONSONANTS) + rng.pick(_VOWELS) for _ in range(rng.whole(1, 4))]
        return "".join(syllables) + (rng.pick(_CONSONANTS) if rng.chance(0.5) else "")

    def _word(self) -> str:
        word = self._invented() if self.rng.chance(0.3) else self.rng.pick(self.words)
        return word.translate(_ACCENTS) if self.rng.chance(0.04) else word

    def _cased(self, text: str) -> str:
        forms = (text.upper(), text.upper(), text.title(), text.capitalize(), text)
        return self.rng.pick(forms)

    def _phrase(self) -> str:
        text = " ".join(self._word() for _ in range(self.rng.whole(2, 6)))
        return self._cased(text) + self.rng.pick(("", "", "", ".", "!", "?", ":", "..."))

    def _single(self) -> str:
        return self._cased(self._word())

    def _number(self) -> str:
        value = self.rng.whole(0, 10 ** self.rng.whole(1, 7))
        forms = ("{0}", "{0:,}", "{1:.2f}", "${0}", "{0}%", "#{0}", "-{0}")
        return self.rng.pick(forms).format(value, value / 100)

    def _score(self) -> str:
        home, away = self.rng.integers(0, 12, 2)
        score = f"{home}{self.rng.pick((':', ' : ', '-', ' - ', chr(0x2013)))}{away}"
        return score if self.rng.chance(0.5) else f"{self._word()} {score} {self._word()}".upper()

    def _clock(self) -> str:
        a, b, c = (int(part) for part in self.rng.integers(0, 60, 3))
        date = f"{a % 28 + 1}.{b % 12 + 1}.20{c:02}"
        return self.rng.pick((f"{a:02}:{b:02}", f"{a % 24:02}:{b:02}:{c:02}", date, f"{a}'"))

    def _code(self) -> str:
        rng = self.rng
        letters = "".join(rng.pick(string.ascii_uppercase) for _ in range(rng.whole(1, 4)))
        return f"{letters}{rng.pick(('', ' ', '-', '/'))}{rng.whole(1, 10000)}"
