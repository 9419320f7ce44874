"""At which scale the detector sees a picture, and in how many parts: its memory is bounded."""

import math
from dataclasses import dataclass

import cv2
import numpy as np

from pipeline.read.boxes import Picture

STRIDE = 32  # pixels; the sides of what the model takes are multiples of it
# Of one view, about; the model takes 260 MB for them. With 1280 x 720 a hundredth fewer of the
# words on 60 real pictures are read; more pixels bring nothing.
VIEW_PIXELS = 1536 * 864
MOST_ENLARGED = 3.0
# Pixels of the longer side of a large picture at its careful scale: text 14 pixels high at 1920 x
# 1080 and 24 pixels high at 3840 x 2160 stays 12 or more.
CAREFUL_SIDE = 1920
SMALL_BLUR = 1.2
OVERLAP = 64  # rows of the model's input that neighbouring bands share


@dataclass(frozen=True)
class View:
    """The rows of a picture from top up to bottom, and pixels of the model's input for each.

    blur: standard deviation of a Gaussian, in pixels of the model's input.
    """

    top: int
    bottom: int
    scale: float
    blur: float = 0.0

    def of(self, picture: Picture) -> Picture:
        """Scaled, and filled up with grey to multiples of STRIDE on the right and at the bottom."""
        part = picture[self.top : self.bottom]
        high, wide = (max(1, round(side * self.scale)) for side in part.shape[:2])
        method = cv2.INTER_AREA if self.scale < 1 else cv2.INTER_LINEAR
        height, width = (math.ceil(side / STRIDE) * STRIDE for side in (high, wide))
        filled = np.full((height, width, 3), 127, dtype=np.uint8)
        scaled = cv2.resize(part, (wide, high), interpolation=method)
        filled[:high, :wide] = cv2.GaussianBlur(scaled, (0, 0), self.blur) if self.blur else scaled
        return filled


def whole_scale(resolution_wh: tuple[int, int]) -> float:
    """The scale at which a picture, or any part of it, is looked at with care."""
    detail = min(1.0, CAREFUL_SIDE / max(resolution_wh))
    return max(_fitting(resolution_wh), detail)


def views_of(resolution_wh: tuple[int, int], scale: float | None = None) -> list[View]:
    """The picture in one view, or in bands if that is too large.

    Without a scale it is seen with care: bands show the small text of a large picture, the whole of
    it shows the large text that bands cut. A small and blurred view shows single letters, which the
    model finds only if they are small, and letters that are made of dots.
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
