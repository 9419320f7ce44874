"""How a decoded picture is turned upright.

The display matrix of a track (ISO/IEC 14496-12, 6.2.2) maps the pixel x, y to a*x + c*y, b*x + d*y.
Only quarter turns and mirror images are applied; players do not shear either.
"""

from typing import Any

import numpy as np
from av.video.frame import VideoFrame

from pipeline.video.frame import Image


class Orientation:
    """Of a track, as a frame of it tells. transposed: whether width and height change places."""

    def __init__(self, frame: VideoFrame) -> None:
        matrix: Any = frame.side_data.get("DISPLAYMATRIX")
        a, b, c, d = 1, 0, 0, 1
        if matrix is not None:
            a, b, _, c, d = np.frombuffer(bytes(matrix), np.int32)[:5].tolist()
        self.transposed = abs(b) > abs(a)
        across, down = (c, b) if self.transposed else (a, d)
        self._step_x = -1 if across < 0 else 1
        self._step_y = -1 if down < 0 else 1

    def upright(self, image: Image) -> Image:
        """The image as a player shows it, contiguous."""
        turned = image.swapaxes(0, 1) if self.transposed else image
        return np.ascontiguousarray(turned[:: self._step_y, :: self._step_x])
