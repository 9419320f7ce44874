"""Tracks one line from frame to frame, forwards or backwards.

Where the line looks unchanged, its text is unchanged. Where it looks different, the frame is
unverified; after a few unverified frames the line is read in the last of them. If the text is the
same, it was the same in all of them, and from then on the differences in the picture are tolerated.
If not, a binary search finds the frame in which it changed. When the old text returns after a
moment, something passed in front of the line and nothing changed.
"""

from bisect import bisect_left
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from pipeline.follow.appearance import LEAST_CHANGE, MARGIN, REFRESH_CHANGE, Change, sample
from pipeline.follow.engine import LineReading, TextEngine, read_line
from pipeline.follow.geometry import crosses_border, touches_side
from pipeline.follow.line import MOST_PATIENCE, Content, Line, shifted
from pipeline.follow.pending import PendingFrame
from pipeline.follow.similarity import SIMILAR, SURE, contains, is_same_text, normalized, similarity
from pipeline.read.boxes import LineBox
from pipeline.results import Xyxy

ENTERED = 3  # heights from the border at which a line that it cut is detected again
OCCLUDED = 12  # frames; if the old text returns later than this, the text changed twice


@dataclass(frozen=True)
class Observation:
    frame: PendingFrame
    box: LineBox
    change: Change


@dataclass(eq=False)
class Segment:
    """Consecutive frames with the same content, up to frame number `last`.

    recent: the lines of its last frames. The frames themselves would take too much memory.
    """

    content: Content
    last: int = 0
    recent: deque[dict[Content, LineBox]] = field(default_factory=lambda: deque(maxlen=OCCLUDED))


class Track:
    """One line, detected in a frame.

    ended: the line is gone or cannot be tracked. search_area: where text detection should run next.
    """

    def __init__(
        self, line: Line, frame: PendingFrame, engine: TextEngine, backwards: bool = False
    ) -> None:
        self.line = line
        self.ended = False
        self.search_area: Xyxy | None = None
        self._engine = engine
        self._backwards = backwards
        self._unverified: list[Observation] = []
        self._verified_box, self._was_moving = line.box, line.is_moving
        self._segments: list[Segment] = []  # recent ones, the newest last
        self._assign(line.content, frame, line.box)

    @property
    def is_due(self) -> bool:
        """Whether enough frames are unverified to read the line again."""
        return not self.ended and len(self._unverified) >= self.line.patience

    @property
    def is_unverified(self) -> bool:
        return bool(self._unverified)

    @property
    def is_entering(self) -> bool:
        """Whether the border cut the line when it was detected and the line is moving."""
        return self.line.is_cut and self.line.is_moving

    def final_until(self, index: int) -> int:
        """The last frame, at most index, in which the text of the line cannot change any more."""
        ends = (segment.last for segment in self._segments[:-1])
        return min((end for end in ends if index - end <= OCCLUDED), default=index)

    def advance(self, frame: PendingFrame, regions: Sequence[Xyxy] = ()) -> None:
        """Locate the line in the next frame. regions: boxes of the frame's text detections."""
        box, change = self.line.locate(frame.kept.grey, regions)
        if crosses_border(box, frame.kept.resolution_wh):
            self.verify()
            self.ended = True
            if not self.line.is_cut:
                self.search_area = _inside(box, frame.kept.resolution_wh)
            return
        if not self._unverified:
            self._verified_box, self._was_moving = self.line.box, self.line.is_moving
        is_unchanged = self.line.is_unchanged(change)  # by its movement so far
        self.line.move_to(box)
        far = ENTERED * box.size_wh[1]
        if self.is_entering and not touches_side(box, frame.kept.resolution_wh[0], far):
            self.search_area = _widened(box)
        self._unverified.append(Observation(frame, box, change))
        if is_unchanged:
            self._accept(self._unverified)
            if self.line.is_moving and change.amount > REFRESH_CHANGE:
                self.line.refresh_appearance(box, frame.kept.grey)

    def try_scroll(self, offset: tuple[int, int]) -> None:
        """Accept the last frame if the line is found there at that offset."""
        if not self._unverified:
            return
        frame = self._unverified[-1].frame
        box = shifted(self._verified_box, *offset)
        is_inside = not crosses_border(box, frame.kept.resolution_wh)
        if is_inside and self.line.matches_at(frame.kept.grey, box):
            self.line.stop_at(box)
            frame.lines[self.line.content] = box
            self._unverified = []

    def relocate(self, box: LineBox, frame: PendingFrame) -> None:
        """Continue at a place where the line was detected unexpectedly."""
        self._unverified = []
        self.line.restart(self.line.content, box, frame.kept.grey)
        frame.lines[self.line.content] = self.line.box

    def verify(self, reading: LineReading | None = None) -> None:
        """Decide about the unverified frames. reading: of the line in the last one, if known."""
        if not self._unverified or self.ended:
            return
        last = self._unverified[-1]
        reading = reading or self._read(last)
        if self.has_same_text(reading):
            self._confirm(reading)
            return
        before = self._frames_before_change()
        rest = self._unverified[before:]
        self._accept(self._unverified[:before], learn=True)
        if not self._is_replacement(reading):
            self.ended = True
            self.search_area = _widened(last.box)
            return
        first = self._read(rest[0]) if len(rest) > 1 else reading
        is_one_change = is_same_text(first.text, reading.text, first.confidence)
        if is_one_change or not self._is_replacement(first):
            self._start_content(reading, rest)
            return
        self._start_content(first, rest[:1])
        self._unverified = rest[1:]
        self.verify(reading)

    def _confirm(self, reading: LineReading) -> None:
        """The unverified frames show the known text."""
        last, is_moving = self._unverified[-1], self.line.is_moving
        is_off = is_moving and similarity(reading.text, self.line.content.text) < 1.0
        if is_off or self._has_grown(last):
            self.search_area = _widened(last.box)
        if not self._is_partial_match(reading):
            self.line.content.vote(reading.text, reading.confidence)
        self._accept(self._unverified, learn=not is_moving)
        if is_moving:
            self.line.refresh_appearance(last.box, last.frame.kept.grey)
        self.line.patience = min(3 * self.line.patience, MOST_PATIENCE)

    def _read(self, seen: Observation) -> LineReading:
        appearance = self.line.appearance
        picture = sample(seen.frame.kept.grey, seen.box, appearance.size_wh)
        if not appearance.resembles(picture):
            return LineReading("", 0.0)
        return read_line(self._engine, seen.frame.kept, seen.box)

    def has_same_text(self, reading: LineReading) -> bool:
        """Tolerates more in a moving line, whose box may be slightly off."""
        known = self.line.content.text
        if self.line.is_moving:
            return similarity(reading.text, known) >= SIMILAR
        return is_same_text(reading.text, known, reading.confidence) or self._is_partial_match(
            reading
        )

    def _is_partial_match(self, reading: LineReading) -> bool:
        """Whether the reading is the known text without its doubtful words."""
        is_part = contains(self.line.content.text, reading.text)
        return reading.partial and is_part and reading.text != ""

    def _frames_before_change(self) -> int:
        """How many of the unverified frames show the known text; the last one does not."""
        others = self._unverified[:-1]
        return bisect_left(others, True, key=lambda seen: not self.has_same_text(self._read(seen)))

    def _is_replacement(self, reading: LineReading) -> bool:
        """Whether a similar text took the place of the known one, as when a clock ticks."""
        if self._backwards or reading.confidence < SURE:
            return False
        return similarity(reading.text, self.line.content.text) >= SIMILAR

    def _start_content(self, reading: LineReading, rest: list[Observation]) -> None:
        content = self._bridge_occlusion(reading.text, rest[0].frame.index) or Content()
        content.vote(reading.text, reading.confidence)
        self.line.restart(content, rest[-1].box, rest[-1].frame.kept.grey)
        if not self._was_moving:  # other letters look like a movement
            self.line.stop_at(self.line.box)
        for seen in rest:
            self._assign(content, seen.frame, seen.box)
        self._unverified = []

    def _bridge_occlusion(self, text: str, index: int) -> Content | None:
        """The content with this text from a moment ago, or None.

        It replaces the contents of the frames in between.
        """
        for place in reversed(range(len(self._segments))):
            segment, between = self._segments[place], self._segments[place + 1 :]
            if index - segment.last > OCCLUDED or any(other.content.final for other in between):
                return None
            if segment.content.text == text:
                for other in between:
                    for lines in other.recent:
                        if (box := lines.pop(other.content, None)) is not None:
                            lines[segment.content] = box
                del self._segments[place + 1 :]
                return segment.content
        return None

    def _assign(self, content: Content, frame: PendingFrame, box: LineBox) -> None:
        frame.lines[content] = box
        if not self._segments or self._segments[-1].content is not content:
            recent = [old for old in self._segments if frame.index - old.last <= OCCLUDED]
            self._segments = [*recent, Segment(content)]
        self._segments[-1].recent.append(frame.lines)
        self._segments[-1].last = frame.index

    def _accept(self, observations: list[Observation], learn: bool = False) -> None:
        appearance = self.line.appearance
        for seen in observations:
            self._assign(self.line.content, seen.frame, seen.box)
            if learn:
                appearance.tolerate(sample(seen.frame.kept.grey, seen.box, appearance.size_wh))
        self._unverified = []

    def _has_grown(self, seen: Observation) -> bool:
        """Whether letters were added before or after the line."""
        if seen.change.margin < LEAST_CHANGE or self.line.growth_checks == 0:
            return False
        self.line.growth_checks -= 1
        width, height = seen.box.size_wh
        wide = replace(seen.box, size_wh=(width + 2 * MARGIN * height, height))
        text = read_line(self._engine, seen.frame.kept, wide).text
        return len(normalized(text)) > len(normalized(self.line.content.text))


def _widened(box: LineBox) -> Xyxy:
    x1, y1, x2, y2 = box.xyxy
    more = 2 * box.size_wh[1]
    return x1 - more, y1, x2 + more, y2


def _inside(box: LineBox, resolution_wh: tuple[int, int]) -> Xyxy | None:
    """The part of a line within the frame, if whole words may remain of it."""
    x1, y1, x2, y2 = box.xyxy
    left, right = max(0.0, x1), min(float(resolution_wh[0]), x2)
    is_whole = y1 >= 0 and y2 <= resolution_wh[1] and right - left > 2 * (y2 - y1)
    return (left, y1, right, y2) if is_whole else None
