"""What a crop of one line says, and what two readings of it agree on."""

from dataclasses import dataclass, replace
from itertools import pairwise


@dataclass(frozen=True)
class Word:
    """confidence: mean probability of its letters, 0 to 1. start, end: where it stands in the crop,
    in shares of its width, to within a letter. weakest: the least probability of a letter."""

    text: str
    confidence: float
    start: float = 0.0
    end: float = 1.0
    weakest: float = 1.0


@dataclass(frozen=True)
class Reading:
    """The words of one line from left to right; none if nothing can be read."""

    words: tuple[Word, ...] = ()

    @property
    def text(self) -> str:
        """The words with single spaces between them."""
        return " ".join(word.text for word in self.words)

    @property
    def confidence(self) -> float:
        """Mean probability of all letters, 0 to 1; 0 if there are none."""
        letters = sum(len(word.text) for word in self.words)
        return sum(word.confidence * len(word.text) for word in self.words) / max(1, letters)

    @property
    def doubt(self) -> float:
        """1 less the probability of the least certain letter, 0 to 1; 0 if there are none."""
        return 1 - min((word.weakest for word in self.words), default=1.0)

    def agreed(self, second: "Reading") -> "Reading":
        """The words with the mean confidence of both readings, 0 in a second that has them not.

        A word that comes out another way from slightly different pixels is a guess; whether a
        letter is a capital may be one and the word still right. So may be a 1 that is once read as
        an l: beside letters alone it is an l.
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
    """Whether a 1 stands beside a small letter: in many typefaces an l looks the same."""
    return any("1" in pair and any(map(str.islower, pair)) for pair in pairwise(word))


def _folded(word: str) -> str:
    return word.casefold().replace("1", "l")


def _without_ones(word: str, other: str) -> str:
    """The word, with a letter that is a 1 in one reading and an l in the other as its neighbours
    make it likely."""
    letters = list(word)
    for place, (letter, second) in enumerate(zip(word, other, strict=False)):
        if {letter, second} == {"1", "l"}:
            beside = word[max(0, place - 2) : place] + word[place + 1 : place + 3]
            letters[place] = "1" if any(map(str.isdigit, beside)) else "l"
    return "".join(letters)
