"""Words that were found against words that are there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass


def words_of(texts: Iterable[str]) -> frozenset[str]:
    """Return the distinct words, parted by white space, in lower case, letters and digits only.

    So "Don't" and "DONT" are one word, and a lone "-" is none.
    """
    kept = ("".join(filter(str.isalnum, word.lower())) for text in texts for word in text.split())
    return frozenset(filter(None, kept))


@dataclass(frozen=True)
class Reading:
    """The words that one video shows, and those that were reported of all its frames."""

    name: str
    shown: frozenset[str]
    reported: frozenset[str]

    @property
    def found(self) -> frozenset[str]:
        """The reported words that are there."""
        return self.shown & self.reported

    @property
    def recall(self) -> float | None:
        """The share of the shown words that was reported, 0 to 1; None if none is shown."""
        return len(self.found) / len(self.shown) if self.shown else None


def mean_recall(readings: Sequence[Reading]) -> float | None:
    """Return the mean over the videos that show words, 0 to 1; None if there is none."""
    recalls = [reading.recall for reading in readings if reading.recall is not None]
    return sum(recalls) / len(recalls) if recalls else None


def precision(readings: Sequence[Reading]) -> float | None:
    """Return the share of all reported words that are there, 0 to 1; None if none was reported.

    A word counts once for each video, however many frames repeat it.
    """
    reported = sum(len(reading.reported) for reading in readings)
    return sum(len(reading.found) for reading in readings) / reported if reported else None
