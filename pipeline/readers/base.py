"""Lines of text as Tesseract reads them best, and what the two ways to call it have in common.

Tesseract's documentation ("Improving the quality of the output") asks for dark text on a light
ground, a white border, and capitals of 20 to 40 pixels.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from pipeline.read.boxes import Picture
from pipeline.read.reading import Reading, Word
from pipeline.results import Xyxy

Gray = npt.NDArray[np.uint8]  # height x width, 0 is black

LINE_HEIGHT = 40  # pixels of a line after scaling
BORDER = 10  # pixels of white around it
# Pixels of a scaled line. Of eight pairs the best on generated pictures; taking the ground away
# gave 0.63 recall at 0.92 precision there where spreading the contrast alone gave 0.59 at 0.91.
STROKE, SMOOTHED = 21, 31
# In heights of the box; of seven pairs the best for both readers on pictures that are filmed
# (pipeline.evaluation): boxes of large letters end a third of a height too early.
PADDING_X, PADDING_Y = 0.3, 0.15
# In heights of the crop, most of the padding: taken off again where nothing was read at first.
EXCESS_X, EXCESS_Y = 0.15, 0.1
LEAST_HEIGHT = 8  # pixels
LEAST_ASPECT = 1.5  # width by height; what is narrower is a ball or a wheel rather than a word
MAX_SCALE = 8.0
MAX_WIDTH = 4000  # Tesseract's limit is 32767; a line of 40 pixels has no 4000 of text


def padded(bbox: Xyxy, resolution_wh: tuple[int, int]) -> Xyxy:
    """The box and a little around it: a detector's box may cut the outer letters."""
    x1, y1, x2, y2 = bbox
    across, along = PADDING_Y * (y2 - y1) + 1, PADDING_X * (y2 - y1) + 1
    width, height = resolution_wh
    return (
        max(0.0, x1 - along),
        max(0.0, y1 - across),
        min(float(width), x2 + along),
        min(float(height), y2 + across),
    )


def narrowed(crop: Picture) -> Picture | None:
    """A padded line without its outermost pixels; None if that leaves no line of text."""
    height, width = crop.shape[:2]
    across, along = round(EXCESS_Y * height), round(EXCESS_X * height)
    inner = crop[across : height - across, along : width - along]
    legible = inner.shape[0] >= LEAST_HEIGHT and inner.shape[1] >= LEAST_ASPECT * inner.shape[0]
    return inner if legible else None


def prepare_line(crop: Picture) -> Gray:
    """One line of text as Tesseract reads it best, on a ground of one brightness.

    The ground around and behind dark letters (uneven light, shadows, textures) is the brightest
    pixels of a neighbourhood that is wider than a stroke, smoothed.
    """
    gray: Any = cv2.cvtColor(crop, cv2.COLOR_BGR2GRAY)
    height, width = gray.shape
    scale = min(LINE_HEIGHT / height, MAX_SCALE, MAX_WIDTH / width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    method = cv2.INTER_CUBIC if scale > 1 else cv2.INTER_AREA
    dark = cv2.resize(gray, size, interpolation=method)
    if text_is_light(dark):
        dark = cv2.bitwise_not(dark)
    light = cv2.dilate(dark, np.ones((STROKE, STROKE), dtype=np.uint8))
    even = cv2.divide(dark, cv2.blur(light, (SMOOTHED, SMOOTHED)), scale=255)
    spread = cv2.normalize(even, None, 0, 255, cv2.NORM_MINMAX)
    bordered = cv2.copyMakeBorder(
        spread, BORDER, BORDER, BORDER, BORDER, cv2.BORDER_CONSTANT, value=255
    )
    return np.ascontiguousarray(bordered, dtype=np.uint8)


def text_is_light(gray: Gray) -> bool:
    """The ground is what the edge of the region mostly shows, on one side of Otsu's threshold."""
    threshold, _ = cv2.threshold(gray, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    edge = np.concatenate([gray[0], gray[-1], gray[:, 0], gray[:, -1]])
    return float(np.mean(edge > threshold)) < 0.5


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
