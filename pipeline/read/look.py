"""A close look at one picture: all its lines of text, found and read."""

from dataclasses import dataclass, replace

import cv2
import numpy as np

from pipeline.read.boxes import LineBox, Picture
from pipeline.read.edges import whole_words
from pipeline.read.finder import TextFinder
from pipeline.read.legible import legible
from pipeline.read.reader import LineReader
from pipeline.read.reading import Reading, is_ambiguous
from pipeline.results import Xyxy

LEAST_CONFIDENCE = 0.8  # of a word; what lies below is taken for noise
# A line with a less certain word is read a second time, from a crop that is so much lower, and what
# both readings say remains: a fifth of all lines, and a fifth fewer wrong words.
SURE, TIGHTER = 0.9, -0.14
# Where nothing certain is read, and where a line is faint, two readings must be sure, and of a word
# or a number. Blurring joins the dots of which the letters of displays are made; the standard
# deviations are in heights of the line.
LEAST_FAINT, LEAST_LETTERS = 0.9, 2
BLURS = 0.06, 0.085


@dataclass(frozen=True)
class Line:
    """One line of text in a picture.

    xyxy: the upright box around it, within the picture, in its pixels. box: the same as a rectangle
    that may slant. confidence: mean probability of its letters, 0 to 1.
    partial: whether doubtful words were left out.
    """

    xyxy: Xyxy
    text: str
    confidence: float
    box: LineBox
    partial: bool = False


class Looker:
    """May be used by several threads. Raises MissingReader when it is made."""

    def __init__(self, least_confidence: float = LEAST_CONFIDENCE) -> None:
        self.finder = TextFinder()
        self.reader = LineReader()
        self._least = least_confidence

    def look(self, picture: Picture) -> list[Line]:
        """The lines of picture (height x width x 3, BGR), in no particular order."""
        boxes = self.finder.find(picture)
        lines = self.read(picture, [box for box in boxes if not box.faint])
        for box in boxes:
            if box.faint and not any(box.shares(line.box) for line in lines):
                lines += self.read(picture, [box])
        return lines

    def read(self, picture: Picture, boxes: list[LineBox]) -> list[Line]:
        """The lines in these boxes of picture; none for a box in which nothing certain is read."""
        boxes = self._directed(picture, boxes)
        readings = self.reader.read([box.crop(picture) for box in boxes])
        doubtful = [
            place
            for place, (box, reading) in enumerate(zip(boxes, readings, strict=True))
            if box.faint or reading.doubt > 1 - SURE or is_ambiguous(reading.text)
        ]
        again = self.reader.read([boxes[place].grown(TIGHTER).crop(picture) for place in doubtful])
        for place, second in zip(doubtful, again, strict=True):
            readings[place] = readings[place].agreed(second)
        lines = [self._line(*each, picture) for each in zip(boxes, readings, strict=True)]
        unread = [line.box for line in lines if not line.text]
        return [line for line in lines if line.text] + self._read_blurred(picture, unread)

    def _read_blurred(self, picture: Picture, boxes: list[LineBox]) -> list[Line]:
        crops = [box.crop(picture) for box in boxes]
        first, second = (
            self.reader.read([_blurred(crop, blur * crop.shape[0]) for crop in crops])
            for blur in BLURS
        )
        lines = (
            self._line(replace(box, faint=True), one.agreed(other), picture)
            for box, one, other in zip(boxes, first, second, strict=True)
        )
        return [line for line in lines if line.text]

    def _directed(self, picture: Picture, boxes: list[LineBox]) -> list[LineBox]:
        """The boxes; steep ones with their line running the way in which it reads better."""
        steep = [place for place, box in enumerate(boxes) if box.is_steep]
        ways = [way for place in steep for way in (boxes[place], boxes[place].reversed())]
        readings = self.reader.read([way.crop(picture) for way in ways])
        directed = list(boxes)
        for number, place in enumerate(steep):
            first, second = readings[2 * number : 2 * number + 2]
            directed[place] = ways[2 * number + (second.confidence > first.confidence)]
        return directed

    def _line(self, box: LineBox, reading: Reading, picture: Picture) -> Line:
        height, width = picture.shape[:2]
        least = max(self._least, LEAST_FAINT) if box.faint else self._least
        kept = legible(whole_words(reading, box, picture), least)
        if box.faint and sum(map(str.isalnum, kept.text)) < LEAST_LETTERS:
            kept = Reading()
        x1, y1, x2, y2 = box.xyxy
        inside = max(0.0, x1), max(0.0, y1), min(float(width), x2), min(float(height), y2)
        is_partial = len(kept.words) < len(reading.words)
        return Line(inside, kept.text, kept.confidence, box, is_partial)


def _blurred(crop: Picture, deviation: float) -> Picture:
    return np.asarray(cv2.GaussianBlur(crop, (0, 0), deviation), dtype=np.uint8)
