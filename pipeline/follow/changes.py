"""Detects changes between frames, on thumbnails."""

from collections.abc import Iterable

import cv2
import numpy as np
import numpy.typing as npt

from pipeline.follow.geometry import union
from pipeline.follow.kept import Grey
from pipeline.results import Xyxy

SHRINK = 8  # pixels of a frame for each pixel of its thumbnail
CHANGED = 10  # grey levels by which a pixel of the thumbnail must change
QUIET = 3  # changed pixels of a thumbnail that count as noise
SUDDEN = 4.0  # times as many changed pixels as usual

Thumbnail = npt.NDArray[np.uint8]


class ChangeDetector:
    """sudden_change: where the picture changed suddenly since the last text detection, or None.

    has_changed: whether anything but known lines has changed since then.
    """

    def __init__(self) -> None:
        self._examined: Thumbnail | None = None
        self._last: Thumbnail | None = None
        self._usual: float | None = None
        self.sudden_change: Xyxy | None = None
        self.has_changed = False

    def update(self, grey: Grey, known: Iterable[Xyxy]) -> None:
        """Compare the next frame. known: boxes of tracked lines, where changes are ignored."""
        height, width = grey.shape
        size = max(1, width // SHRINK), max(1, height // SHRINK)
        small = np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
        if self._last is None or self._last.shape != small.shape:
            self._last, self._examined, self._usual = small, small, None
            self.sudden_change, self.has_changed = (0.0, 0.0, float(width), float(height)), True
            return
        boxes = list(known)
        fresh = _changed(small, self._last, boxes)
        count = 0 if fresh is None else int(np.count_nonzero(fresh))
        usual = count if self._usual is None else self._usual
        if count > max(SUDDEN * usual, QUIET) and fresh is not None:
            area = _bounding_box(fresh)
            self.sudden_change = (
                area if self.sudden_change is None else union(self.sudden_change, area)
            )
        self._usual = 0.8 * usual + 0.2 * count
        if not self.has_changed:
            self._last = small
            self._update_has_changed(boxes)
        self._last = small

    def mark_examined(self, area: Xyxy | None, known: Iterable[Xyxy]) -> None:
        """Text detection ran on the last frame, or on an area of it."""
        self.sudden_change = None
        if area is None or self._examined is None or self._last is None:
            self._examined, self.has_changed = self._last, False
            return
        x1, y1, x2, y2 = (int(end) // SHRINK for end in area)
        self._examined = self._examined.copy()
        self._examined[y1 : y2 + 1, x1 : x2 + 1] = self._last[y1 : y2 + 1, x1 : x2 + 1]
        self._update_has_changed(list(known))

    def _update_has_changed(self, known: list[Xyxy]) -> None:
        since = _changed(self._last, self._examined, known)
        self.has_changed = since is not None and int(np.count_nonzero(since)) > QUIET


def _changed(
    first: Thumbnail | None, second: Thumbnail | None, known: list[Xyxy]
) -> npt.NDArray[np.bool_] | None:
    """The changed pixels of a thumbnail; None if there are none."""
    if first is None or second is None:
        return None
    different = cv2.absdiff(first, second)
    if int(different.max()) <= CHANGED:
        return None
    for x1, y1, x2, y2 in known:
        left, top = max(0, int(x1) // SHRINK - 1), max(0, int(y1) // SHRINK - 1)
        different[top : int(y2) // SHRINK + 2, left : int(x2) // SHRINK + 2] = 0
    return np.asarray(different > CHANGED)


def _bounding_box(changed: npt.NDArray[np.bool_]) -> Xyxy:
    """The bounding box of the changes, in pixels of the frame."""
    rows, columns = np.flatnonzero(changed.any(axis=1)), np.flatnonzero(changed.any(axis=0))
    ends = columns[0], rows[0], columns[-1] + 1, rows[-1] + 1
    x1, y1, x2, y2 = (float(end * SHRINK) for end in ends)
    return x1, y1, x2, y2
