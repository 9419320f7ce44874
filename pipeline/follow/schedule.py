"""When and where text detection runs: it costs ten times as much as YOLO."""

from collections.abc import Iterable
from dataclasses import dataclass

from pipeline.follow.changes import ChangeDetector
from pipeline.follow.geometry import covers, union
from pipeline.follow.kept import Grey
from pipeline.results import Xyxy

# Frames between passes over the whole frame; the gap grows while they find nothing new.
LEAST_GAP, MOST_GAP = 20, 60
STILL_GAP = 250  # while nothing changes
MOST_LATE = 4  # frames by which passes over areas may delay one over the whole frame
SUDDEN_GAP = 4  # frames between a pass and one for a sudden change of the whole picture
NEW_FRAMES = 3  # in a row in which YOLO sees something new before a pass looks at it
MOST_WAIT = 64  # frames after which an area without text is tried again
BORDER = 6.0  # pixels
STRIP = 24.0  # pixels above and below an area, at least
LINE = 80.0  # and as much as the area is high, up to this
WHOLE = 0.45  # of the frame; for larger areas the whole frame is taken


@dataclass(frozen=True)
class DetectionPass:
    """area: None is the whole frame. quick: small lines may be missed."""

    area: Xyxy | None
    quick: bool = False


class DetectionSchedule:
    def __init__(self) -> None:
        self._changes = ChangeDetector()
        self._index = self._last_pass = 0
        self._gap = LEAST_GAP
        self._area: Xyxy | None = None
        self._new: list[Xyxy] = []  # regions of the last frame without a known line
        self._empty: list[Xyxy] = []  # regions in which a pass found nothing
        self._wait, self._waits_until = 1, 0
        self._new_in_row = 0
        self._is_for_regions = self._was_changing = False
        self.size_wh = (0, 0)

    def update(self, index: int, grey: Grey, known: list[Xyxy]) -> None:
        """Go to the next frame. known: boxes of the tracked lines."""
        self._index = index
        self.size_wh = grey.shape[1], grey.shape[0]
        self._was_changing = self._changes.has_changed
        self._changes.update(grey, known)

    def request(self, area: Xyxy) -> None:
        """Include an area in the next pass."""
        self._area = area if self._area is None else union(self._area, area)

    def add_regions(self, regions: Iterable[Xyxy], known: list[Xyxy]) -> None:
        """regions: boxes of the frame's text detections."""
        explained = [*known, *self._empty]
        whole = (box for box in regions if not self._is_at_border(box))
        new = [box for box in whole if not any(covers(k, box) for k in explained)]
        again = [box for box in new if any(covers(box, o) for o in self._new)]
        self._new_in_row = self._new_in_row + 1 if again else int(bool(new))
        self._new = new
        if self._new_in_row >= NEW_FRAMES and self._index >= self._waits_until:
            self._is_for_regions = True
            for box in again:
                self.request(box)

    def next_pass(self) -> DetectionPass | None:
        """The pass that is due on this frame."""
        since = self._index - self._last_pass
        change = self._changes.sudden_change
        if change is not None and self._is_whole(change):
            if since >= SUDDEN_GAP or self._last_pass == 0:
                return DetectionPass(None)
        elif change is not None:
            self.request(change)
        late = since - (self._gap if self._was_changing else STILL_GAP)
        if self._area is None:
            return DetectionPass(None, quick=True) if late >= 0 else None
        area = self._strip(self._area)
        return (
            DetectionPass(None)
            if late >= MOST_LATE or self._is_whole(area)
            else DetectionPass(area)
        )

    def record(
        self, done: DetectionPass, found_new: bool, regions: Iterable[Xyxy], known: list[Xyxy]
    ) -> None:
        """Record the result of a pass over this frame. known: boxes of the lines tracked now."""
        empty = [box for box in regions if not any(covers(k, box) for k in known)]
        self._changes.mark_examined(done.area, known)
        if done.area is None:
            self._empty = empty
            self._gap = LEAST_GAP if found_new else min(MOST_GAP, self._gap * 3 // 2)
            self._last_pass = self._index
        else:
            self._empty += [box for box in empty if covers(done.area, box)]
        if self._is_for_regions:
            self._wait = 1 if found_new else min(MOST_WAIT, 2 * self._wait)
            self._waits_until = self._index + self._wait
        self._area, self._new_in_row, self._is_for_regions = None, 0, False

    @property
    def is_still(self) -> bool:
        """Whether nothing but known lines has changed since the last pass."""
        return not self._changes.has_changed and self._changes.sudden_change is None

    def _strip(self, area: Xyxy) -> Xyxy:
        """The area extended to the full width, since the length of the line is unknown."""
        more = max(STRIP, min(LINE, area[3] - area[1]))
        top, bottom = max(0.0, area[1] - more), min(float(self.size_wh[1]), area[3] + more)
        return 0.0, top, float(self.size_wh[0]), bottom

    def _is_at_border(self, box: Xyxy) -> bool:
        """Whether the border may cut it; passes over the whole frame find such lines."""
        width, height = self.size_wh
        return min(box[0], box[1], width - box[2], height - box[3]) < BORDER

    def _is_whole(self, area: Xyxy) -> bool:
        size = (area[2] - area[0]) * (area[3] - area[1])
        return size > WHOLE * self.size_wh[0] * self.size_wh[1]
