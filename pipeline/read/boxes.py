"""Where a line of text is: an upright or slanting rectangle, and how to cut it out."""

import math
from dataclasses import dataclass, replace
from functools import cached_property

import cv2
import numpy as np
import numpy.typing as npt

from pipeline.results import Xyxy

Picture = npt.NDArray[np.uint8]  # height x width x 3, BGR

LEVEL_DEGREES = 2.0  # a line that slants less is read as well without being turned
UPRIGHT_ASPECT = 2.0  # height by width; a taller box holds a line that runs up or down


@dataclass(frozen=True)
class LineBox:
    """A rectangle around one line of text.

    center_xy and size_wh (along the line, across it) are in pixels of the picture; degrees is the
    slant, clockwise, -180 to 180. faint: only a special view of the picture showed it.
    """

    center_xy: tuple[float, float]
    size_wh: tuple[float, float]
    degrees: float
    faint: bool = False

    @classmethod
    def upright(cls, xyxy: Xyxy, faint: bool = False) -> "LineBox":
        x1, y1, x2, y2 = xyxy
        return cls(((x1 + x2) / 2, (y1 + y2) / 2), (x2 - x1, y2 - y1), 0.0, faint)

    @property
    def is_level(self) -> bool:
        return abs(self.degrees) < LEVEL_DEGREES

    @property
    def is_steep(self) -> bool:
        return abs(self.degrees) > 45

    @property
    def quad(self) -> npt.NDArray[np.float64]:
        """Corners, 4 x 2: top left, top right, bottom right, bottom left, as the line is read."""
        width, height = self.size_wh
        angle = math.radians(self.degrees)
        along = np.array([math.cos(angle), math.sin(angle)]) * width / 2
        across = np.array([-math.sin(angle), math.cos(angle)]) * height / 2
        corners = (-along - across, along - across, along + across, across - along)
        return np.array([np.array(self.center_xy) + corner for corner in corners])

    @cached_property
    def xyxy(self) -> Xyxy:
        """The upright box around it."""
        (x1, y1), (x2, y2) = self.quad.min(axis=0).tolist(), self.quad.max(axis=0).tolist()
        return x1, y1, x2, y2

    def moved(self, origin_xy: tuple[int, int], scale: float) -> "LineBox":
        """The same box, scaled and then moved."""
        x, y = self.center_xy
        center = (x * scale + origin_xy[0], y * scale + origin_xy[1])
        size = (self.size_wh[0] * scale, self.size_wh[1] * scale)
        return replace(self, center_xy=center, size_wh=size)

    def reversed(self) -> "LineBox":
        """The same box, with its line running the other way."""
        return replace(self, degrees=self.degrees - math.copysign(180, self.degrees))

    def grown(self, share: float) -> "LineBox":
        """Higher by that share of its height (lower if negative), half of it on each side."""
        return replace(self, size_wh=(self.size_wh[0], self.size_wh[1] * (1 + share)))

    def shares(self, other: "LineBox") -> bool:
        """Whether half of the smaller one's upright box lies within the other's."""
        (ax1, ay1, ax2, ay2), (bx1, by1, bx2, by2) = self.xyxy, other.xyxy
        across, down = min(ax2, bx2) - max(ax1, bx1), min(ay2, by2) - max(ay1, by1)
        smaller = min((ax2 - ax1) * (ay2 - ay1), (bx2 - bx1) * (by2 - by1))
        return across > 0 and down > 0 and across * down >= 0.5 * smaller

    def crop(self, picture: Picture) -> Picture:
        """The pixels of the line, turned to the level; at least one pixel in size."""
        return self._cut(picture) if self.is_level else self._turned(picture)

    def _cut(self, picture: Picture) -> Picture:
        height, width = picture.shape[:2]
        x1, y1, x2, y2 = self.xyxy
        left, top = min(max(0, round(x1)), width - 1), min(max(0, round(y1)), height - 1)
        right, bottom = max(left + 1, round(x2)), max(top + 1, round(y2))
        return picture[top:bottom, left:right]

    def _turned(self, picture: Picture) -> Picture:
        width, height = (max(1, round(side)) for side in self.size_wh)
        source = self.quad[[0, 1, 3]].astype(np.float32)
        target = np.array([[0, 0], [width, 0], [0, height]], dtype=np.float32)
        turned = cv2.warpAffine(
            picture,
            cv2.getAffineTransform(source, target),
            (width, height),
            flags=cv2.INTER_CUBIC,
            borderMode=cv2.BORDER_REPLICATE,
        )
        return np.asarray(turned, dtype=np.uint8)
