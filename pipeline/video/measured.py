"""What the frames of a video tell of it: when they are shown, how large and which way up they are.

The display matrix of a track (ISO/IEC 14496-12, 6.2.2) maps the pixel x, y to a*x + c*y, b*x + d*y.
Only quarter turns and mirror images are applied; players do not shear either.
"""

from __future__ import annotations

from array import array
from typing import Any

import numpy as np
from av.video.frame import VideoFrame

from pipeline.video.facts import MOST_SIZES, VideoFacts
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


class MeasuredVideo:
    """Takes frames in the order of presentation. declared: what the file says of itself."""

    def __init__(self, declared: VideoFacts) -> None:
        self._declared = declared
        self._aspect = declared.pixel_aspect
        self._sizes: list[tuple[int, int, int]] = []
        self._times = array("d")
        self._end_s = 0.0

    def add(self, frame: VideoFrame, orientation: Orientation) -> None:
        before_s = self._times[-1] if self._times else 0.0
        time_s = before_s if frame.time is None else frame.time
        if time_s >= before_s:
            shown_s = float(frame.duration * frame.time_base) if frame.time_base else 0.0
            self._end_s = time_s + (shown_s or time_s - before_s)
        width, height = frame.width, frame.height
        size = (height, width) if orientation.transposed else (width, height)
        if not self._sizes and orientation.transposed:
            self._aspect = 1 / self._aspect
        if not self._sizes or (self._sizes[-1][1:] != size and len(self._sizes) < MOST_SIZES):
            self._sizes.append((len(self._times), *size))
        self._times.append(time_s)

    @property
    def frames(self) -> int:
        return len(self._times)

    @property
    def duration_s(self) -> float:
        """From the first frame to the end of the last one."""
        return self._end_s - self._times[0] if self._times else 0.0

    @property
    def time_s(self) -> float:
        """When the last frame is shown."""
        return self._times[-1]

    @property
    def times(self) -> array[float]:
        """Seconds at which each frame is shown; some writers number B-frames as they are coded."""
        return array("d", sorted(self._times))

    @property
    def facts(self) -> VideoFacts:
        """Measured as far as there are frames, else as declared."""
        if not self._times:
            return self._declared
        return VideoFacts(
            tuple(self._sizes), self._aspect, self.frames, self.duration_s, self._declared.codec
        )
