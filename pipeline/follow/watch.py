"""What has changed in the picture, seen from afar."""

from collections.abc import Iterable

import cv2
import numpy as np
import numpy.typing as npt

from pipeline.follow.geometry import around
from pipeline.follow.kept import Grey
from pipeline.results import Xyxy

SHRINK = 8  # pixels of a frame for each of its thumbnail
CHANGED = 10  # levels of grey of a pixel of the thumbnail
QUIET = 3  # changed pixels of a thumbnail that are noise
SUDDEN = 4.0  # times as much change as before is an event

Thumbnail = npt.NDArray[np.uint8]


class Watch:
    """Sees each frame and says what has changed.

    event: where the picture has changed suddenly since the last look, or None. moving: whether
    anything has changed since then but known lines.
    """

    def __init__(self) -> None:
        self._looked: Thumbnail | None = None
        self._last: Thumbnail | None = None
        self._usual: float | None = None
        self.event: Xyxy | None = None
        self.moving = False

    def see(self, grey: Grey, known: Iterable[Xyxy]) -> None:
        """known: boxes of the lines that are followed; what changes there is no news."""
        height, width = grey.shape
        size = max(1, width // SHRINK), max(1, height // SHRINK)
        small = np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
        if self._last is None or self._last.shape != small.shape:
            self._last, self._looked, self._usual = small, small, None
            self.event, self.moving = (0.0, 0.0, float(width), float(height)), True
            return
        boxes = list(known)
        fresh = _changed(small, self._last, boxes)
        count = 0 if fresh is None else int(np.count_nonzero(fresh))
        usual = count if self._usual is None else self._usual
        if count > max(SUDDEN * usual, QUIET) and fresh is not None:
            area = _around(fresh)
            self.event = area if self.event is None else around(self.event, area)
        self._usual = 0.8 * usual + 0.2 * count
        if not self.moving:
            self._last = small
            self._update_moving(boxes)
        self._last = small

    def looked(self, area: Xyxy | None, known: Iterable[Xyxy]) -> None:
        """All of the frame that was seen last was looked at, or an area of it."""
        self.event = None
        if area is None or self._looked is None or self._last is None:
            self._looked, self.moving = self._last, False
            return
        x1, y1, x2, y2 = (int(end) // SHRINK for end in area)
        self._looked = self._looked.copy()
        self._looked[y1 : y2 + 1, x1 : x2 + 1] = self._last[y1 : y2 + 1, x1 : x2 + 1]
        self._update_moving(list(known))

    def _update_moving(self, known: list[Xyxy]) -> None:
        since = _changed(self._last, self._looked, known)
        self.moving = since is not None and int(np.count_nonzero(since)) > QUIET


def _changed(
    first: Thumbnail | None, second: Thumbnail | None, known: list[Xyxy]
) -> npt.NDArray[np.bool_] | None:
    """Which pixels of a thumbnail have changed; None if none has."""
    if first is None or second is None:
        return None
    different = cv2.absdiff(first, second)
    if int(different.max()) <= CHANGED:
        return None
    for x1, y1, x2, y2 in known:
        left, top = max(0, int(x1) // SHRINK - 1), max(0, int(y1) // SHRINK - 1)
        different[top : int(y2) // SHRINK + 2, left : int(x2) // SHRINK + 2] = 0
    return np.asarray(different > CHANGED)


def _around(changed: npt.NDArray[np.bool_]) -> Xyxy:
    """The box of the changes, in pixels of the frame."""
    rows, columns = np.flatnonzero(changed.any(axis=1)), np.flatnonzero(changed.any(axis=0))
    ends = columns[0], rows[0], columns[-1] + 1, rows[-1] + 1
    x1, y1, x2, y2 = (float(end * SHRINK) for end in ends)
    return x1, y1, x2, y2
