"""The box of a line of text: an upright or rotated rectangle, and its crop."""

import math
from dataclasses import dataclass, replace
from functools import cached_property

import cv2
import numpy as np
import numpy.typing as npt

from pipeline.results import Xyxy

Picture = npt.NDArray[np.uint8]  # height x width x 3, BGR

LEVEL_DEGREES = 2.0  # lines that slant less are read as well without deskewing
UPRIGHT_ASPECT = 2.0  # height / width; taller boxes hold vertical lines


@dataclass(frozen=True)
class LineBox:
    """A rectangle around one line of text.

    center_xy and size_wh (along and across the line) are in pixels of the picture; degrees is the
    rotation, clockwise, -180 to 180. faint: detected in the blurred view only.
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
        """Corners, 4 x 2, from the top left clockwise, in the orientation of the line."""
        width, height = self.size_wh
        angle = math.radians(self.degrees)
        along = np.array([math.cos(angle), math.sin(angle)]) * width / 2
        across = np.array([-math.sin(angle), math.cos(angle)]) * height / 2
        corners = (-along - across, along - across, along + across, across - along)
        return np.array([np.array(self.center_xy) + corner for corner in corners])

    @cached_property
    def xyxy(self) -> Xyxy:
        """The upright bounding box."""
        (x1, y1), (x2, y2) = self.quad.min(axis=0).tolist(), self.quad.max(axis=0).tolist()
        return x1, y1, x2, y2

    def moved(self, origin_xy: tuple[int, int], scale: float) -> "LineBox":
        """The same box, scaled and then moved."""
        x, y = self.center_xy
        center = (x * scale + origin_xy[0], y * scale + origin_xy[1])
        size = (self.size_wh[0] * scale, self.size_wh[1] * scale)
        return replace(self, center_xy=center, size_wh=size)

    def reversed(self) -> "LineBox":
        """The box rotated by 180 degrees."""
        return replace(self, degrees=self.degrees - math.copysign(180, self.degrees))

    def grown(self, share: float) -> "LineBox":
        """Taller by a share of its height (less tall if negative), half of it on each side."""
        return replace(self, size_wh=(self.size_wh[0], self.size_wh[1] * (1 + share)))

    def shares(self, other: "LineBox") -> bool:
        """Whether the upright boxes overlap by at least half of the smaller one."""
        (ax1, ay1, ax2, ay2), (bx1, by1, bx2, by2) = self.xyxy, other.xyxy
        across, down = min(ax2, bx2) - max(ax1, bx1), min(ay2, by2) - max(ay1, by1)
        smaller = min((ax2 - ax1) * (ay2 - ay1), (bx2 - bx1) * (by2 - by1))
        return across > 0 and down > 0 and across * down >= 0.5 * smaller

    def crop(self, picture: Picture) -> Picture:
        """The deskewed pixels of the line, at least 1 x 1."""
        return self._upright_crop(picture) if self.is_level else self._deskewed(picture)

    def _upright_crop(self, picture: Picture) -> Picture:
        height, width = picture.shape[:2]
        x1, y1, x2, y2 = self.xyxy
        left, top = min(max(0, round(x1)), width - 1), min(max(0, round(y1)), height - 1)
        right, bottom = max(left + 1, round(x2)), max(top + 1, round(y2))
        return picture[top:bottom, left:right]

    def _deskewed(self, picture: Picture) -> Picture:
        width, height = (max(1, round(side)) for side in self.size_wh)
        source = self.quad[[0, 1, 3]].astype(np.float32)
        target = np.array([[0, 0], [width, 0], [0, height]], dtype=np.float32)
        deskewed = cv2.warpAffine(
            picture,
            cv2.getAffineTransform(source, target),
            (width, height),
            flags=cv2.INTER_CUBIC,
            borderMode=cv2.BORDER_REPLICATE,
        )
        return np.asarray(deskewed, dtype=np.uint8)
