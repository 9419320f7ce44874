"""What a crop of one line says, and what two readings of it agree on."""

from dataclasses import dataclass, replace


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
        letter is a capital may be one and the word still right. A 1 counts as an l, too.
        """
        others = {
            form: word.confidence
            for word in second.words
            for form in (word.text.casefold().replace("1", "l"), word.text.casefold())
        }
        return Reading(
            tuple(
                replace(
                    word, confidence=(word.confidence + others.get(word.text.casefold(), 0.0)) / 2
                )
                for word in self.words
            )
        )
