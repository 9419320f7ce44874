"""The reading of one line, and the agreement of two readings."""

from dataclasses import dataclass, replace
from itertools import pairwise


@dataclass(frozen=True)
class Word:
    """confidence: mean probability of its letters, 0 to 1. start, end: approximate position in the
    crop, as shares of its width. weakest: the lowest probability of a letter."""

    text: str
    confidence: float
    start: float = 0.0
    end: float = 1.0
    weakest: float = 1.0


@dataclass(frozen=True)
class Reading:
    """The words of one line, from left to right."""

    words: tuple[Word, ...] = ()

    @property
    def text(self) -> str:
        """The words, separated by single spaces."""
        return " ".join(word.text for word in self.words)

    @property
    def confidence(self) -> float:
        """Mean probability of all letters, 0 to 1; 0 for an empty reading."""
        letters = sum(len(word.text) for word in self.words)
        return sum(word.confidence * len(word.text) for word in self.words) / max(1, letters)

    @property
    def doubt(self) -> float:
        """1 minus the lowest probability of a letter; 0 for an empty reading."""
        return 1 - min((word.weakest for word in self.words), default=1.0)

    def agreed(self, second: "Reading") -> "Reading":
        """The words with the mean confidence of both readings; a missing word counts as 0.

        A word that changes with slightly different pixels is a guess. Differences in case, and
        between 1 and l, are ignored; next to letters only, the l is taken.
        """
        others = {_folded(word.text): word for word in second.words}
        agreed = []
        for word in self.words:
            other = others.get(_folded(word.text))
            confidence = (word.confidence + other.confidence) / 2 if other else word.confidence / 2
            text = _without_ones(word.text, other.text) if other else word.text
            agreed.append(replace(word, text=text, confidence=confidence))
        return Reading(tuple(agreed))


def is_ambiguous(word: str) -> bool:
    """Whether a 1 is next to a lower-case letter, where an l often looks the same."""
    return any("1" in pair and any(map(str.islower, pair)) for pair in pairwise(word))


def _folded(word: str) -> str:
    return word.casefold().replace("1", "l")


def _without_ones(word: str, other: str) -> str:
    """Where the readings disagree on 1 or l, take the 1 next to digits and the l elsewhere."""
    letters = list(word)
    for place, (letter, second) in enumerate(zip(word, other, strict=False)):
        if {letter, second} == {"1", "l"}:
            beside = word[max(0, place - 2) : place] + word[place + 1 : place + 3]
            letters[place] = "1" if any(map(str.isdigit, beside)) else "l"
    return "".join(letters)
