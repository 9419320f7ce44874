"""A close look at one picture: all its lines of text, found and read."""

from dataclasses import dataclass

from pipeline.read.boxes import LineBox, Picture
from pipeline.read.finder import TextFinder
from pipeline.read.reader import LineReader, Reading
from pipeline.results import Xyxy

LEAST_CONFIDENCE = 0.8  # of a word; what lies below is taken for noise


@dataclass(frozen=True)
class Line:
    """One line of text in a picture.

    xyxy: the upright box around it, in pixels of the picture. box: the same as a rectangle that
    may slant. confidence: mean probability of its letters, 0 to 1.
    """

    xyxy: Xyxy
    text: str
    confidence: float
    box: LineBox


class Looker:
    """May be used by several threads. Raises MissingReader when it is made."""

    def __init__(self, least_confidence: float = LEAST_CONFIDENCE) -> None:
        self.finder = TextFinder()
        self.reader = LineReader()
        self._least = least_confidence

    def look(self, picture: Picture) -> list[Line]:
        """The lines of picture (height x width x 3, BGR), in no particular order."""
        boxes = self.finder.find(picture)
        readings = self.reader.read([box.crop(picture) for box in boxes])
        lines = (self._line(*each, picture) for each in zip(boxes, readings, strict=True))
        return [line for line in lines if line.text]

    def _line(self, box: LineBox, reading: Reading, picture: Picture) -> Line:
        height, width = picture.shape[:2]
        kept = reading.at_least(self._least)
        x1, y1, x2, y2 = box.xyxy
        inside = max(0.0, x1), max(0.0, y1), min(width, x2), min(height, y2)
        return Line(inside, kept.text, kept.confidence, box)
