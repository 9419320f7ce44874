"""When to look closely, and where."""

from collections.abc import Iterable
from dataclasses import dataclass

from pipeline.follow.geometry import around, covers
from pipeline.follow.kept import Grey
from pipeline.follow.watch import Watch
from pipeline.results import Xyxy

# Frames between looks at whole frames. While a moving picture brings nothing new, they grow.
LEAST_GAP, MOST_GAP = 20, 60
STILL_GAP = 250  # where nothing changes
MOST_LATE = 4  # frames by which looks at areas may put off a look at the whole frame
EVENT_GAP = 4  # frames after a look before the next one for a sudden change of the whole picture
BORN_FRAMES = 3  # in a row in which the detector shows something new before it is looked at
MOST_WAIT = 64  # frames after which a place that proved empty is looked at again
BORDER = 6.0  # pixels
STRIP = 24.0  # pixels above and below an area, at least
LINE = 80.0  # and as much as the area is high, up to this
WHOLE = 0.45  # of the frame; larger areas are looked at as whole frames


@dataclass(frozen=True)
class Look:
    """area: None is the whole frame. glance: whether small lines may be missed."""

    area: Xyxy | None
    glance: bool = False


class LookPlan:
    def __init__(self) -> None:
        self._watch = Watch()
        self._index = self._looked = 0
        self._gap = LEAST_GAP
        self._area: Xyxy | None = None
        self._new: list[Xyxy] = []  # regions of the last frame that no line explains
        self._refused: list[Xyxy] = []  # regions in which a look found nothing
        self._wait, self._waits_until = 1, 0
        self._born_in_row = 0
        self._asked_by_detector = self._was_moving = False
        self.size_wh = (0, 0)

    def see(self, index: int, grey: Grey, known: list[Xyxy]) -> None:
        """known: boxes of the lines that are followed."""
        self._index = index
        self.size_wh = grey.shape[1], grey.shape[0]
        self._was_moving = self._watch.moving
        self._watch.see(grey, known)

    def want(self, area: Xyxy) -> None:
        self._area = area if self._area is None else around(self._area, area)

    def notice(self, regions: Iterable[Xyxy], known: list[Xyxy]) -> None:
        """regions: in which the detector saw text in this frame."""
        explained = [*known, *self._refused]
        whole = (box for box in regions if not self._is_at_border(box))
        new = [box for box in whole if not any(covers(k, box) for k in explained)]
        again = [box for box in new if any(covers(box, o) for o in self._new)]
        self._born_in_row = self._born_in_row + 1 if again else int(bool(new))
        self._new = new
        if self._born_in_row >= BORN_FRAMES and self._index >= self._waits_until:
            self._asked_by_detector = True
            for box in again:
                self.want(box)

    def next(self) -> Look | None:
        """The look that this frame needs."""
        since = self._index - self._looked
        event = self._watch.event
        if event is not None and self._is_whole(event):
            if since >= EVENT_GAP or self._looked == 0:
                return Look(None)
        elif event is not None:
            self.want(event)
        late = since - (self._gap if self._was_moving else STILL_GAP)
        if self._area is None:
            return Look(None, glance=True) if late >= 0 else None
        area = self._strip(self._area)
        return Look(None) if late >= MOST_LATE or self._is_whole(area) else Look(area)

    def done(self, look: Look, found_new: bool, regions: Iterable[Xyxy], known: list[Xyxy]) -> None:
        """What a look at this frame brought; known: boxes of the lines that there are now."""
        empty = [box for box in regions if not any(covers(k, box) for k in known)]
        self._watch.looked(look.area, known)
        if look.area is None:
            self._refused = empty
            self._gap = LEAST_GAP if found_new else min(MOST_GAP, self._gap * 3 // 2)
            self._looked = self._index
        else:
            self._refused += [box for box in empty if covers(look.area, box)]
        if self._asked_by_detector:
            self._wait = 1 if found_new else min(MOST_WAIT, 2 * self._wait)
            self._waits_until = self._index + self._wait
        self._area, self._born_in_row, self._asked_by_detector = None, 0, False

    @property
    def is_still(self) -> bool:
        """Whether nothing has changed since the last look but known lines."""
        return not self._watch.moving and self._watch.event is None

    def _strip(self, area: Xyxy) -> Xyxy:
        """From side to side: how long a line is, is not known."""
        more = max(STRIP, min(LINE, area[3] - area[1]))
        top, bottom = max(0.0, area[1] - more), min(float(self.size_wh[1]), area[3] + more)
        return 0.0, top, float(self.size_wh[0]), bottom

    def _is_at_border(self, box: Xyxy) -> bool:
        """Whether it may be cut; it is looked at when it has come in, or with the whole frame."""
        width, height = self.size_wh
        return min(box[0], box[1], width - box[2], height - box[3]) < BORDER

    def _is_whole(self, area: Xyxy) -> bool:
        size = (area[2] - area[0]) * (area[3] - area[1])
        return size > WHOLE * self.size_wh[0] * self.size_wh[1]
