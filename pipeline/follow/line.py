"""A line of text that is tracked, and its text."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from pipeline.follow.appearance import LEAST_CHANGE, MOVING_CHANGE, Appearance, Change, sample
from pipeline.follow.kept import Grey
from pipeline.follow.motion import Points, feature_points, flow_box, scroll_offset
from pipeline.read.boxes import LineBox
from pipeline.results import Xyxy

MOST_PATIENCE = 12
JUMP = 0.7  # heights between two frames; a still line that moves further keeps its velocity of 0
MOVED = 0.6  # a still line has moved if its change elsewhere is below this share of that in place
STILL = 0.3  # pixels a frame; slower lines are still


@dataclass(eq=False)
class Content:
    """The text of a line until it changes: readings vote on it, weighted by their confidence.

    final: a frame with this text has been released, so further votes do not count.
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
    """box: the last known place. velocity: pixels a frame. patience: how many frames may look
    different before the line is read again; it grows each time the text is the same."""

    box: LineBox
    content: Content
    appearance: Appearance
    velocity: tuple[float, float] = (0.0, 0.0)
    patience: int = 1
    missed: int = 0  # full detections in a row that did not find it
    is_cut: bool = False  # by the border, when it was detected
    growth_checks: int = 2  # readings left to check whether letters were added
    _points: Points | None = None
    _has_points: bool = False

    @classmethod
    def detected(cls, box: LineBox, content: Content, grey: Grey) -> "Line":
        snapped = snapped_to_pixels(box) if box.is_level else box
        return cls(snapped, content, Appearance.of(grey, snapped))

    def reversed(self, velocity: tuple[float, float]) -> "Line":
        """The same line, to be tracked towards the start of the video."""
        dx, dy = velocity
        return Line(self.box, self.content, self.appearance, (-dx, -dy))

    def restart(self, content: Content, box: LineBox, grey: Grey) -> None:
        self.box = snapped_to_pixels(box) if box.is_level else box
        self.content = content
        self.appearance = Appearance.of(grey, self.box)
        self.patience, self.missed = 1, 0
        self._points, self._has_points = None, False

    def locate(self, grey: Grey, regions: Sequence[Xyxy] = ()) -> tuple[LineBox, Change]:
        """The line's box in the next frame, and how much it has changed there.

        regions: boxes of the frame's text detections, where a line that has moved may be.
        """
        here = self.predicted()
        best = here, self._change_at(grey, here)
        is_still = here is self.box
        if self.is_unchanged(best[1]) and is_still:
            return best
        for start in (here, *self._candidates(here, regions)):
            found = self._find_near(grey, start)
            if found is None or (is_still and is_near(found, self.box, pixels=1.0)):
                continue
            change = self._change_at(grey, found)
            if self.is_unchanged(change):
                return found, change
            least = MOVED * best[1].amount if is_still and best[0] is here else best[1].amount
            if change.amount < least:
                best = found, change
        return best

    def _candidates(self, here: LineBox, regions: Sequence[Xyxy]) -> Iterator[LineBox]:
        """The line moved to text detections of about its size nearby."""
        width, height = here.size_wh
        for x1, y1, x2, y2 in regions:
            box = replace(here, center_xy=((x1 + x2) / 2, (y1 + y2) / 2))
            alike = 0.6 < (y2 - y1) / height < 1.7 and 0.6 < (x2 - x1) / width < 1.7
            if alike and is_near(here, box, 1.5 * height) and not is_near(here, box, 2.0):
                yield box

    def scroll_offset(self, grey: Grey) -> tuple[int, int] | None:
        return scroll_offset(self.appearance, grey, self.box) if self.box.degrees == 0 else None

    def matches_at(self, grey: Grey, box: LineBox) -> bool:
        return self.is_unchanged(self._change_at(grey, box))

    @property
    def is_moving(self) -> bool:
        return max(map(abs, self.velocity)) >= STILL

    def refresh_appearance(self, box: LineBox, grey: Grey) -> None:
        """Compare with this picture from now on: distance and angle change how a line looks."""
        self.box = box
        self.appearance = Appearance.of(grey, box)
        self._points, self._has_points = None, False

    def is_unchanged(self, change: Change) -> bool:
        return change.is_below(MOVING_CHANGE if self.is_moving else LEAST_CHANGE)

    def predicted(self) -> LineBox:
        dx, dy = self.velocity
        if not self.is_moving:
            return self.box
        return shifted(self.box, dx, dy)

    def move_to(self, box: LineBox) -> None:
        """Update box and velocity. A still line that moves far at once has jumped: it stops."""
        dx = box.center_xy[0] - self.box.center_xy[0]
        dy = box.center_xy[1] - self.box.center_xy[1]
        jumps = not self.is_moving and max(abs(dx), abs(dy)) > JUMP * self.box.size_wh[1]
        self.velocity = (0.0, 0.0) if jumps else (dx, dy)
        self.box = box

    def stop_at(self, box: LineBox) -> None:
        self.box, self.velocity = box, (0.0, 0.0)

    def _change_at(self, grey: Grey, box: LineBox) -> Change:
        return self.appearance.change(sample(grey, box, self.appearance.size_wh))

    def _find_near(self, grey: Grey, predicted: LineBox) -> LineBox | None:
        if not self._has_points:
            self._points, self._has_points = feature_points(self.appearance), True
        if self._points is None:
            return None
        return flow_box(self.appearance, self._points, grey, predicted)


def shifted(box: LineBox, dx: float, dy: float) -> LineBox:
    x, y = box.center_xy
    return replace(box, center_xy=(x + dx, y + dy))


def snapped_to_pixels(box: LineBox) -> LineBox:
    """The upright box on whole pixels, so that it is cropped without resampling."""
    x1, y1, x2, y2 = (round(value) for value in box.xyxy)
    return LineBox.upright((x1, y1, max(x2, x1 + 2), max(y2, y1 + 2)), box.faint)


def is_near(first: LineBox, second: LineBox, pixels: float) -> bool:
    """Whether their centres are less than `pixels` apart in x and y."""
    (ax, ay), (bx, by) = first.center_xy, second.center_xy
    return max(abs(ax - bx), abs(ay - by)) < pixels
