"""What the two ways to call Tesseract have in common."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence

from pipeline.read.reading import Reading, Word
from pipeline.regions import Gray, Picture, narrowed, prepare_line


class TesseractReader(ABC):
    """Reads pictures of single lines (height x width x 3, BGR); prepares them itself.

    The same picture always gives the same reading, whatever was read before it or beside it. May
    be called from several threads. Making one raises MissingReader or MissingLanguage.

    min_confidence: of a word, 0 to 100; what lies below is taken for noise.
    """

    def __init__(self, min_confidence: int) -> None:
        self._min_confidence = min_confidence

    def read(self, crops: Sequence[Picture]) -> list[Reading]:
        """The reading of each crop, in their order. All words of a line come as one."""
        return [self._reading(crop) for crop in crops]

    def _reading(self, crop: Picture) -> Reading:
        """Where nothing is read, the edge of a plate may be in the way: once more without it."""
        reading = reading_of(*self.read_line(prepare_line(crop)), self._min_confidence)
        inner = None if reading.words else narrowed(crop)
        if inner is None:
            return reading
        return reading_of(*self.read_line(prepare_line(inner)), self._min_confidence)

    @abstractmethod
    def read_line(self, image: Gray) -> tuple[str, list[tuple[str, float]]]:
        """The text of a prepared image of a line, and its words with their confidence, 0 to 100."""


def reading_of(text: str, words: Iterable[tuple[str, float]], min_confidence: int) -> Reading:
    """Tesseract's own text of a line without the doubtful words.

    The order of words, and whether there are spaces between them, is Tesseract's: a line from right
    to left or in Chinese cannot be put together again from its words. Bars at the ends are dropped:
    they are the edges of the plate that the text is on.
    """
    kept = []
    for word, confidence in words:
        if confidence >= min_confidence:
            kept.append((word, confidence))
        else:
            text = text.replace(word, "", 1)
    text = " ".join(" ".join(text.split()).strip("|_ ").split())
    if not kept or not any(map(str.isalnum, text)):
        return Reading()
    letters = sum(len(word) for word, _ in kept)
    mean = sum(len(word) * confidence for word, confidence in kept) / letters
    return Reading((Word(text, min(1.0, mean / 100)),))
