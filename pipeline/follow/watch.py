"""When to look closely at a whole frame."""

from collections.abc import Iterable

import cv2
import numpy as np
import numpy.typing as npt

from pipeline.follow.kept import Grey
from pipeline.results import Xyxy

SHRINK = 8  # pixels of a frame for each of its thumbnail
CHANGED = 10  # levels of grey of a pixel of the thumbnail
QUIET = 3  # changed pixels of a thumbnail that are noise
SUDDEN = 4.0  # times as much change as before is an event

LEAST_GAP = 4  # frames between looks for events
MOVING_GAP = 24  # frames between looks at a moving picture
STILL_GAP = 250  # and at one in which nothing changes

Thumbnail = npt.NDArray[np.uint8]


class Watch:
    """Sees each frame and says whether something new may be in it."""

    def __init__(self) -> None:
        self._looked: Thumbnail | None = None
        self._last: Thumbnail | None = None
        self._usual = 0.0
        self._event = False
        self._index = self._looked_index = -(10**9)
        self._moving = False

    def see(self, index: int, grey: Grey, known: Iterable[Xyxy]) -> None:
        """known: boxes of the lines that are followed; what changes there is no news."""
        height, width = grey.shape
        size = max(1, width // SHRINK), max(1, height // SHRINK)
        small = np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
        self._index = index
        if self._last is None or self._last.shape != small.shape:
            self._last, self._event, self._moving = small, True, True
            return
        boxes = list(known)
        fresh = _changed(small, self._last, boxes)
        if fresh > max(SUDDEN * self._usual, QUIET):
            self._event = True
        self._usual = 0.8 * self._usual + 0.2 * fresh
        if self._looked is None or self._looked.shape != small.shape:
            self._moving = True
        elif not self._moving:
            self._moving = _changed(small, self._looked, boxes) > QUIET
        self._last = small

    def looked(self) -> None:
        self._looked, self._looked_index = self._last, self._index
        self._event = self._moving = False

    @property
    def since_look(self) -> int:
        return self._index - self._looked_index

    @property
    def is_due(self) -> bool:
        if self._event and self.since_look >= LEAST_GAP:
            return True
        return self.since_look >= (MOVING_GAP if self._moving else STILL_GAP)

    @property
    def is_still(self) -> bool:
        """Whether nothing has changed since the last look but known lines."""
        return not self._moving and not self._event


def _changed(first: Thumbnail, second: Thumbnail, known: list[Xyxy]) -> int:
    different = cv2.absdiff(first, second)
    if int(different.max()) <= CHANGED:
        return 0
    for x1, y1, x2, y2 in known:
        left, top = max(0, int(x1) // SHRINK - 1), max(0, int(y1) // SHRINK - 1)
        different[top : int(y2) // SHRINK + 2, left : int(x2) // SHRINK + 2] = 0
    return int(np.count_nonzero(different > CHANGED))
