"""Frames kept in memory until their lines are known, in half the bytes of a BGR picture."""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from pipeline.read.boxes import LineBox, Picture

PADDING = 0.3  # heights

Grey = npt.NDArray[np.uint8]  # height x width, 0 is black


@dataclass(frozen=True, eq=False)
class KeptFrame:
    """A frame in I420: 3/2 height x width. An odd last row or column is left out."""

    planes: npt.NDArray[np.uint8]

    @classmethod
    def of(cls, picture: Picture) -> "KeptFrame":
        height, width = picture.shape[:2]
        even = picture[: height // 2 * 2, : width // 2 * 2]
        planes = cv2.cvtColor(even, cv2.COLOR_BGR2YUV_I420)
        return cls(np.asarray(planes, dtype=np.uint8))

    @property
    def nbytes(self) -> int:
        return self.planes.nbytes

    @property
    def resolution_wh(self) -> tuple[int, int]:
        return self.planes.shape[1], self.planes.shape[0] * 2 // 3

    @property
    def grey(self) -> Grey:
        return self.planes[: self.resolution_wh[1]]

    def crop_around(self, box: LineBox) -> tuple[Picture, LineBox]:
        """A padded colour crop of a line, and the line's box within it."""
        width, height = self.resolution_wh
        x1, y1, x2, y2 = box.xyxy
        more = PADDING * box.size_wh[1]
        left = min(max(0, int(x1 - more)), width - 2) // 2 * 2
        top = min(max(0, int(y1 - more)), height - 2) // 2 * 2
        right = min(width, max(left + 2, int(x2 + more + 2) // 2 * 2))
        bottom = min(height, max(top + 2, int(y2 + more + 2) // 2 * 2))
        return self._bgr(left, top, right, bottom), box.moved((-left, -top), 1.0)

    def _bgr(self, left: int, top: int, right: int, bottom: int) -> Picture:
        """All four sides are even."""
        width, height = self.resolution_wh
        colours = self.planes.reshape(-1)[width * height :].reshape(2, height // 2, width // 2)
        inner = colours[:, top // 2 : bottom // 2, left // 2 : right // 2]
        bright = self.planes[top:bottom, left:right]
        part = np.concatenate([bright.reshape(-1), inner.reshape(-1)])
        picture = cv2.cvtColor(part.reshape(-1, right - left), cv2.COLOR_YUV2BGR_I420)
        return np.asarray(picture, dtype=np.uint8)
