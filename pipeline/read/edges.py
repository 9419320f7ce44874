"""Drops words cut by the edge of the picture, since the rest may read as another word."""

from collections.abc import Iterator

import cv2
import numpy as np

from pipeline.read.boxes import LineBox, Picture
from pipeline.read.reading import Reading, Word

# In heights of the line: limits of a connected component that is a letter. Larger ones are the edge
# of a plate, or belong to the scene.
LEAST_LETTER_HEIGHT, MOST_LETTER_HEIGHT, MOST_LETTER_WIDTH = 0.25, 0.9, 1.5

Span = tuple[float, float]


def whole_words(reading: Reading, box: LineBox, picture: Picture) -> Reading:
    """The reading of a level line without words whose ink touches the edge of the picture."""
    height, width = picture.shape[:2]
    x1, y1, x2, y2 = box.xyxy
    left, top, right, bottom = x1 < 1, y1 < 1, x2 > width - 1, y2 > height - 1
    if not box.is_level or not (left or top or right or bottom):
        return reading
    cut = list(_cut_letters(box.crop(picture), (left, top, right, bottom)))
    return Reading(tuple(word for word in reading.words if not any(_meet(word, c) for c in cut)))


def _meet(word: Word, letter: Span) -> bool:
    return word.start < letter[1] and letter[0] < word.end


def _cut_letters(crop: Picture, touched: tuple[bool, bool, bool, bool]) -> Iterator[Span]:
    """The start and end of each letter at a touched edge, as shares of the crop's width."""
    high, wide = crop.shape[:2]
    left, top, right, bottom = touched
    _, _, stats, _ = cv2.connectedComponentsWithStats(_ink(crop))
    for x, y, width, height, _ in stats[1:].tolist():
        is_cut = (
            (left and x == 0)
            or (top and y == 0)
            or (right and x + width == wide)
            or (bottom and y + height == high)
        )
        is_letter = LEAST_LETTER_HEIGHT <= height / high <= MOST_LETTER_HEIGHT
        if is_cut and is_letter and width <= MOST_LETTER_WIDTH * high:
            yield x / wide, (x + width) / wide


def _ink(crop: Picture) -> Picture:
    """Binarize with Otsu's threshold; 1 is the rarer of both values."""
    gray = cv2.cvtColor(crop, cv2.COLOR_BGR2GRAY)
    threshold, _ = cv2.threshold(gray, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    light = gray > threshold
    ink = light if float(np.mean(light)) < 0.5 else ~light
    return np.asarray(ink, dtype=np.uint8)
