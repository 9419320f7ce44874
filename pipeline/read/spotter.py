"""Text spotting: detects and recognizes all lines of text in one picture."""

from dataclasses import dataclass, replace

import cv2
import numpy as np

from pipeline.read.boxes import LineBox, Picture
from pipeline.read.detector import TextDetector
from pipeline.read.edges import whole_words
from pipeline.read.legible import legible
from pipeline.read.reading import Reading, is_ambiguous
from pipeline.read.recognizer import LineRecognizer
from pipeline.results import Xyxy

LEAST_CONFIDENCE = 0.8  # of a word; others are dropped as noise
# A line with a less certain letter is read again from a tighter crop, and only what both readings
# agree on is kept. That is a fifth of all lines, and leaves a fifth fewer wrong words.
SURE, TIGHTER = 0.9, -0.14
# Faint lines, and lines without a certain word, need two confident readings with at least so many
# letters. Blurring joins the dots of dot-matrix letters; standard deviations in line heights.
LEAST_FAINT, LEAST_LETTERS = 0.9, 2
BLURS = 0.06, 0.085


@dataclass(frozen=True)
class Line:
    """One line of text in a picture.

    xyxy: its bounding box, clipped to the picture. box: the rotated rectangle. confidence: mean
    probability of its letters, 0 to 1.
    partial: whether doubtful words were left out.
    """

    xyxy: Xyxy
    text: str
    confidence: float
    box: LineBox
    partial: bool = False


class TextSpotter:
    """Thread-safe. Raises MissingReader."""

    def __init__(self, least_confidence: float = LEAST_CONFIDENCE) -> None:
        self.detector = TextDetector()
        self.recognizer = LineRecognizer()
        self._least = least_confidence

    def spot(self, picture: Picture) -> list[Line]:
        """The lines of picture (height x width x 3, BGR), in no particular order."""
        boxes = self.detector.detect(picture)
        lines = self.read(picture, [box for box in boxes if not box.faint])
        for box in boxes:
            if box.faint and not any(box.shares(line.box) for line in lines):
                lines += self.read(picture, [box])
        return lines

    def read(self, picture: Picture, boxes: list[LineBox]) -> list[Line]:
        """The lines in these boxes of picture; no line for a box without a certain word."""
        boxes = self._oriented(picture, boxes)
        readings = self.recognizer.read([box.crop(picture) for box in boxes])
        doubtful = [
            place
            for place, (box, reading) in enumerate(zip(boxes, readings, strict=True))
            if box.faint or reading.doubt > 1 - SURE or is_ambiguous(reading.text)
        ]
        again = self.recognizer.read(
            [boxes[place].grown(TIGHTER).crop(picture) for place in doubtful]
        )
        for place, second in zip(doubtful, again, strict=True):
            readings[place] = readings[place].agreed(second)
        lines = [self._line(*each, picture) for each in zip(boxes, readings, strict=True)]
        unread = [line.box for line in lines if not line.text]
        return [line for line in lines if line.text] + self._read_blurred(picture, unread)

    def _read_blurred(self, picture: Picture, boxes: list[LineBox]) -> list[Line]:
        crops = [box.crop(picture) for box in boxes]
        first, second = (
            self.recognizer.read([_blurred(crop, blur * crop.shape[0]) for crop in crops])
            for blur in BLURS
        )
        lines = (
            self._line(replace(box, faint=True), one.agreed(other), picture)
            for box, one, other in zip(boxes, first, second, strict=True)
        )
        return [line for line in lines if line.text]

    def _oriented(self, picture: Picture, boxes: list[LineBox]) -> list[LineBox]:
        """Rotate steep boxes by 180 degrees where the line reads better that way."""
        steep = [place for place, box in enumerate(boxes) if box.is_steep]
        ways = [way for place in steep for way in (boxes[place], boxes[place].reversed())]
        readings = self.recognizer.read([way.crop(picture) for way in ways])
        oriented = list(boxes)
        for number, place in enumerate(steep):
            first, second = readings[2 * number : 2 * number + 2]
            oriented[place] = ways[2 * number + (second.confidence > first.confidence)]
        return oriented

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
