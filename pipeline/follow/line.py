"""A line of text that is followed, and what it says."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from pipeline.follow.appearance import LEAST_CHANGE, MOVING_CHANGE, Appearance, Change, sample
from pipeline.follow.kept import Grey
from pipeline.follow.motion import Points, corners, jumped, moved
from pipeline.read.boxes import LineBox
from pipeline.results import Xyxy

MOST_PATIENCE = 12
JUMP = 0.7  # heights in a frame
MOVED = 0.6  # times the change in place: a line that stands has moved if it looks so elsewhere
STILL = 0.3  # pixels a frame; what moves less stands still


@dataclass(eq=False)
class Content:
    """What a line says for as long as it says the same. Its readings vote, by their confidence.

    final: whether a frame with this text has been given out; no vote changes it any more.
    """

    votes: dict[str, float] = field(default_factory=dict)
    best: dict[str, float] = field(default_factory=dict)
    count: int = 0
    final: bool = False

    def vote(self, text: str, confidence: float) -> None:
        self.count += 1
        if text and not self.final:
            self.votes[text] = self.votes.get(text, 0.0) + confidence**4
            self.best[text] = max(self.best.get(text, 0.0), confidence)

    @property
    def text(self) -> str:
        return max(self.votes, key=lambda text: (self.votes[text], text)) if self.votes else ""

    @property
    def confidence(self) -> float:
        return self.best[self.text] if self.votes else 0.0


@dataclass(eq=False)
class Line:
    """box: where it was last. velocity: pixels a frame. patience: frames in which its picture may
    differ before it is read again; it grows when a line turns out to say the same."""

    box: LineBox
    content: Content
    appearance: Appearance
    velocity: tuple[float, float] = (0.0, 0.0)
    patience: int = 1
    missed: int = 0  # looks in a row that did not find it
    is_cut: bool = False  # by the border, when it was found
    readings_beside: int = 2  # that are left to find out whether it has become longer
    _points: Points | None = None
    _has_points: bool = False

    @classmethod
    def born(cls, box: LineBox, content: Content, grey: Grey) -> "Line":
        snapped = snapped_to_pixels(box) if box.is_level else box
        return cls(snapped, content, Appearance.of(grey, snapped))

    def turned_back(self, velocity: tuple[float, float]) -> "Line":
        """The same line, to be followed towards the start of the video."""
        dx, dy = velocity
        return Line(self.box, self.content, self.appearance, (-dx, -dy))

    def restart(self, content: Content, box: LineBox, grey: Grey) -> None:
        self.box = snapped_to_pixels(box) if box.is_level else box
        self.content = content
        self.appearance = Appearance.of(grey, self.box)
        self.patience, self.missed = 1, 0
        self._points, self._has_points = None, False

    def locate(self, grey: Grey, regions: Sequence[Xyxy] = ()) -> tuple[LineBox, Change]:
        """Where the line is in the next frame, and how different it looks there.

        regions: in which the detector sees text; a line that is not where it was may be there.
        """
        here = self.expected()
        best = here, self._change(grey, here)
        stands = here is self.box
        if self.is_unchanged(best[1]) and stands:
            return best
        for start in (here, *self._candidates(here, regions)):
            found = self._moved(grey, start)
            if found is None or (stands and is_near(found, self.box, pixels=1.0)):
                continue
            change = self._change(grey, found)
            if self.is_unchanged(change):
                return found, change
            least = MOVED * best[1].amount if stands and best[0] is here else best[1].amount
            if change.amount < least:
                best = found, change
        return best

    def _candidates(self, here: LineBox, regions: Sequence[Xyxy]) -> Iterator[LineBox]:
        """The line where the detector sees text of about its size, not far from it."""
        width, height = here.size_wh
        for x1, y1, x2, y2 in regions:
            box = replace(here, center_xy=((x1 + x2) / 2, (y1 + y2) / 2))
            alike = 0.6 < (y2 - y1) / height < 1.7 and 0.6 < (x2 - x1) / width < 1.7
            if alike and is_near(here, box, 1.5 * height) and not is_near(here, box, 2.0):
                yield box

    def jumped(self, grey: Grey) -> tuple[int, int] | None:
        """By how far the line has moved up or down at once."""
        return jumped(self.appearance, grey, self.box) if self.box.degrees == 0 else None

    def is_at(self, grey: Grey, box: LineBox) -> bool:
        return self.is_unchanged(self._change(grey, box))

    @property
    def moves(self) -> bool:
        return max(map(abs, self.velocity)) >= STILL

    def look_again(self, box: LineBox, grey: Grey) -> None:
        """From now on the line looks as it does there: from afar and from aside it is another."""
        self.box = box
        self.appearance = Appearance.of(grey, box)
        self._points, self._has_points = None, False

    def is_unchanged(self, change: Change) -> bool:
        return change.is_less(MOVING_CHANGE if self.moves else LEAST_CHANGE)

    def expected(self) -> LineBox:
        dx, dy = self.velocity
        if not self.moves:
            return self.box
        return shifted(self.box, dx, dy)

    def place(self, box: LineBox) -> None:
        """The line is there in this frame. What goes far at once jumps, and does not move on."""
        dx = box.center_xy[0] - self.box.center_xy[0]
        dy = box.center_xy[1] - self.box.center_xy[1]
        jumps = not self.moves and max(abs(dx), abs(dy)) > JUMP * self.box.size_wh[1]
        self.velocity = (0.0, 0.0) if jumps else (dx, dy)
        self.box = box

    def stand(self, box: LineBox) -> None:
        """The line has jumped there and does not go on moving."""
        self.box, self.velocity = box, (0.0, 0.0)

    def _change(self, grey: Grey, box: LineBox) -> Change:
        return self.appearance.change(sample(grey, box, self.appearance.size_wh))

    def _moved(self, grey: Grey, expected: LineBox) -> LineBox | None:
        if not self._has_points:
            self._points, self._has_points = corners(self.appearance), True
        if self._points is None:
            return None
        return moved(self.appearance, self._points, grey, expected)


def shifted(box: LineBox, dx: float, dy: float) -> LineBox:
    x, y = box.center_xy
    return replace(box, center_xy=(x + dx, y + dy))


def snapped_to_pixels(box: LineBox) -> LineBox:
    """The upright box with whole pixels for sides and centre, so that it is cut, not resampled."""
    x1, y1, x2, y2 = (round(value) for value in box.xyxy)
    return LineBox.upright((x1, y1, max(x2, x1 + 2), max(y2, y1 + 2)), box.faint)


def is_near(first: LineBox, second: LineBox, pixels: float) -> bool:
    """Whether their centres are not further from each other than that."""
    (ax, ay), (bx, by) = first.center_xy, second.center_xy
    return max(abs(ax - bx), abs(ay - by)) < pixels
