"""Scales and crops a picture for the text detector, so that memory is bounded."""

import math
from dataclasses import dataclass

import cv2
import numpy as np

from pipeline.read.boxes import Picture

STRIDE = 32  # pixels; the sides of the model's input are multiples of it
# Approximate size of a view, for which the model needs 260 MB. With 1280 x 720, 1 % fewer words on
# 60 real pictures are read; more pixels do not help.
VIEW_PIXELS = 1536 * 864
MOST_ENLARGED = 3.0
# Pixels of the longer side of a large picture at full scale: text 14 pixels high at 1920 x 1080 and
# 24 pixels high at 3840 x 2160 keeps at least 12.
CAREFUL_SIDE = 1920
SMALL_BLUR = 1.2
OVERLAP = 64  # rows of the model's input shared by neighbouring bands


@dataclass(frozen=True)
class View:
    """Rows top to bottom of a picture, scaled to the model's input.

    blur: standard deviation of a Gaussian, in pixels of the model's input.
    """

    top: int
    bottom: int
    scale: float
    blur: float = 0.0

    def of(self, picture: Picture) -> Picture:
        """Scale the rows; pad them with grey on the right and bottom to multiples of STRIDE."""
        part = picture[self.top : self.bottom]
        high, wide = (max(1, round(side * self.scale)) for side in part.shape[:2])
        method = cv2.INTER_AREA if self.scale < 1 else cv2.INTER_LINEAR
        height, width = (math.ceil(side / STRIDE) * STRIDE for side in (high, wide))
        padded = np.full((height, width, 3), 127, dtype=np.uint8)
        scaled = cv2.resize(part, (wide, high), interpolation=method)
        padded[:high, :wide] = cv2.GaussianBlur(scaled, (0, 0), self.blur) if self.blur else scaled
        return padded


def whole_scale(resolution_wh: tuple[int, int]) -> float:
    """The scale for full detection in a picture or a part of it."""
    detail = min(1.0, CAREFUL_SIDE / max(resolution_wh))
    return max(_fitting(resolution_wh), detail)


def views_of(resolution_wh: tuple[int, int], scale: float | None = None) -> list[View]:
    """The views of a picture, split into bands if it is too large for one.

    With a scale these are all. Without one, the bands show the small text of a large picture, a
    view of the whole shows the large text that bands cut, and a small blurred view shows dot-matrix
    letters and single letters, which the model detects only if they are small.
    """
    bands = _bands(resolution_wh, scale or whole_scale(resolution_wh))
    if scale:
        return bands
    fitting = _fitting(resolution_wh)
    small = View(0, resolution_wh[1], fitting / 3, SMALL_BLUR)
    if len(bands) == 1:
        return [*bands, small]
    return [View(0, resolution_wh[1], fitting), *bands, small]


def _bands(resolution_wh: tuple[int, int], scale: float) -> list[View]:
    width, height = resolution_wh
    rows = max(STRIDE * 4, VIEW_PIXELS * 1.05 / (width * scale)) / scale
    if height <= rows:
        return [View(0, height, scale)]
    shared = OVERLAP / scale
    count = math.ceil((height - shared) / (rows - shared))
    tall = math.ceil((height - shared) / count + shared)
    tops = [round(number * (height - tall) / (count - 1)) for number in range(count)]
    return [View(top, top + tall, scale) for top in tops]


def _fitting(resolution_wh: tuple[int, int]) -> float:
    return min(MOST_ENLARGED, math.sqrt(VIEW_PIXELS / (resolution_wh[0] * resolution_wh[1])))
