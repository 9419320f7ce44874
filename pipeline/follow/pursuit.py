"""Follows one line from frame to frame, forwards or backwards.

In a frame where the line looks as it did, it says what it said. Where it looks different, the frame
is unsure; after some unsure frames the line is read in the last of them. If it says the same there,
it said so in all of them, and what changed in its picture is tolerated from then on. If not, the
frame in which it changed is searched by halving. What is said for a moment only, before the line
says again what it said, is no change: something passes in front of it.
"""

from bisect import bisect_left
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from pipeline.follow.appearance import ANOTHER_LOOK, LEAST_CHANGE, SIDES, Change, sample
from pipeline.follow.geometry import leaves, touches_side
from pipeline.follow.line import MOST_PATIENCE, Content, Line, shifted
from pipeline.follow.record import Heard, Hearing, Record
from pipeline.follow.same import ALIKE, SURE, contains, likeness, says_same, squeezed
from pipeline.read.boxes import LineBox
from pipeline.results import Xyxy

COME_IN = 3  # heights from the border at which a line that it cut is looked at again
OCCLUDED = 12  # frames after which a line that says again what it said has changed twice


@dataclass(frozen=True)
class Unsure:
    record: Record
    box: LineBox
    change: Change


@dataclass(eq=False)
class Said:
    """What a line said up to a frame.

    frames: the lines of the last frames that say it, without the frames: those take much memory.
    """

    content: Content
    last: int = 0
    frames: deque[dict[Content, LineBox]] = field(default_factory=lambda: deque(maxlen=OCCLUDED))


class Pursuit:
    """One line, which was found in that record.

    ended: it is not there any more, or cannot be followed. wanted: where to look closely.
    """

    def __init__(
        self, line: Line, record: Record, hearing: Hearing, backwards: bool = False
    ) -> None:
        self.line = line
        self.ended = False
        self.wanted: Xyxy | None = None
        self._hearing = hearing
        self._backwards = backwards
        self._unsure: list[Unsure] = []
        self._before_unsure, self._moved_before = line.box, line.moves
        self._said: list[Said] = []  # lately, the newest last
        self._say(line.content, record, line.box)

    @property
    def is_unsure(self) -> bool:
        """Whether it has to be settled."""
        return not self.ended and len(self._unsure) >= self.line.patience

    @property
    def has_doubts(self) -> bool:
        return bool(self._unsure)

    @property
    def is_coming_in(self) -> bool:
        """Whether the border cut the line when it was found, and may not do so for long."""
        return self.line.is_cut and self.line.moves

    def sure_until(self, index: int) -> int:
        """The last frame up to that one in which it is known what the line says for good."""
        ends = (said.last for said in self._said[:-1])
        return min((end for end in ends if index - end <= OCCLUDED), default=index)

    def push(self, record: Record, regions: Sequence[Xyxy] = ()) -> None:
        """Go to the next frame. regions: in which the detector sees text there."""
        box, change = self.line.locate(record.kept.grey, regions)
        if leaves(box, record.kept.resolution_wh):
            self.settle()
            self.ended = True
            if not self.line.is_cut:
                self.wanted = _inside(box, record.kept.resolution_wh)
            return
        if not self._unsure:
            self._before_unsure, self._moved_before = self.line.box, self.line.moves
        is_unchanged = self.line.is_unchanged(change)  # as far as it moved before
        self.line.place(box)
        far = COME_IN * box.size_wh[1]
        if self.is_coming_in and not touches_side(box, record.kept.resolution_wh[0], far):
            self.wanted = _widened(box)
        self._unsure.append(Unsure(record, box, change))
        if is_unchanged:
            self._accept(self._unsure)
            if self.line.moves and change.amount > ANOTHER_LOOK:
                self.line.look_again(box, record.kept.grey)

    def jump(self, shift: tuple[int, int]) -> None:
        """Accept the last frame if the line is found there after that shift."""
        if not self._unsure:
            return
        record = self._unsure[-1].record
        box = shifted(self._before_unsure, *shift)
        if not leaves(box, record.kept.resolution_wh) and self.line.is_at(record.kept.grey, box):
            self.line.stand(box)
            record.lines[self.line.content] = box
            self._unsure = []

    def relocate(self, box: LineBox, record: Record) -> None:
        """The line was found there, where it was not expected."""
        self._unsure = []
        self.line.restart(self.line.content, box, record.kept.grey)
        record.lines[self.line.content] = self.line.box

    def settle(self, heard: Heard | None = None) -> None:
        """Decide about the frames that are unsure. heard: what the line says in the last one."""
        if not self._unsure or self.ended:
            return
        last = self._unsure[-1]
        heard = heard or self._heard(last)
        if self.says_same(heard):
            is_off = self.line.moves and likeness(heard.text, self.line.content.text) < 1.0
            if is_off or self._is_longer(last):
                self.wanted = _widened(last.box)
            if not self._says_less(heard):
                self.line.content.vote(heard.text, heard.confidence)
            moves = self.line.moves
            self._accept(self._unsure, learn=not moves)
            if moves:
                self.line.look_again(last.box, last.record.kept.grey)
            self.line.patience = min(3 * self.line.patience, MOST_PATIENCE)
            return
        before = self._frames_before_change()
        rest = self._unsure[before:]
        self._accept(self._unsure[:before], learn=True)
        if not self._goes_on_with(heard):
            self.ended = True
            self.wanted = _widened(last.box)
            return
        first = self._heard(rest[0]) if len(rest) > 1 else heard
        if says_same(first.text, heard.text, first.confidence) or not self._goes_on_with(first):
            self._begin(heard, rest)
            return
        self._begin(first, rest[:1])  # it has changed more than once
        self._unsure = rest[1:]
        self.settle(heard)

    def _heard(self, unsure: Unsure) -> Heard:
        appearance = self.line.appearance
        picture = sample(unsure.record.kept.grey, unsure.box, appearance.size_wh)
        if not appearance.resembles(picture):
            return Heard("", 0.0)
        return self._hearing.hear(unsure.record.kept, unsure.box)

    def says_same(self, heard: Heard) -> bool:
        """A line that moves may be read worse when its box is a little off."""
        if self.line.moves:
            return likeness(heard.text, self.line.content.text) >= ALIKE
        known = self.line.content.text
        return says_same(heard.text, known, heard.confidence) or self._says_less(heard)

    def _says_less(self, heard: Heard) -> bool:
        """Whether the same was heard but for words that could hardly be read."""
        is_part = contains(self.line.content.text, heard.text)
        return heard.partial and is_part and heard.text != ""

    def _frames_before_change(self) -> int:
        """How many of the unsure frames say what the line said; the last one does not."""
        others = self._unsure[:-1]
        return bisect_left(others, True, key=lambda each: not self.says_same(self._heard(each)))

    def _goes_on_with(self, heard: Heard) -> bool:
        """Whether another text came into the same place, such as the next second of a clock."""
        if self._backwards or heard.confidence < SURE:
            return False
        return likeness(heard.text, self.line.content.text) >= ALIKE

    def _begin(self, heard: Heard, rest: list[Unsure]) -> None:
        content = self._said_before(heard.text, rest[0].record.index) or Content()
        content.vote(heard.text, heard.confidence)
        self.line.restart(content, rest[-1].box, rest[-1].record.kept.grey)
        if not self._moved_before:  # other letters look like a movement
            self.line.stand(self.line.box)
        for each in rest:
            self._say(content, each.record, each.box)
        self._unsure = []

    def _said_before(self, text: str, index: int) -> Content | None:
        """What said the same a moment ago; it is taken for what the frames between say, too."""
        for place in reversed(range(len(self._said))):
            said, between = self._said[place], self._said[place + 1 :]
            if index - said.last > OCCLUDED or any(other.content.final for other in between):
                return None
            if said.content.text == text:
                for other in between:
                    for lines in other.frames:
                        if (box := lines.pop(other.content, None)) is not None:
                            lines[said.content] = box
                del self._said[place + 1 :]
                return said.content
        return None

    def _say(self, content: Content, record: Record, box: LineBox) -> None:
        record.lines[content] = box
        if not self._said or self._said[-1].content is not content:
            late = [said for said in self._said if record.index - said.last <= OCCLUDED]
            self._said = [*late, Said(content)]
        self._said[-1].frames.append(record.lines)
        self._said[-1].last = record.index

    def _accept(self, frames: list[Unsure], learn: bool = False) -> None:
        appearance = self.line.appearance
        for each in frames:
            self._say(self.line.content, each.record, each.box)
            if learn:
                appearance.tolerate(sample(each.record.kept.grey, each.box, appearance.size_wh))
        self._unsure = []

    def _is_longer(self, unsure: Unsure) -> bool:
        """Whether letters have been added beside it."""
        if unsure.change.beside < LEAST_CHANGE or self.line.readings_beside == 0:
            return False
        self.line.readings_beside -= 1
        width, height = unsure.box.size_wh
        wide = replace(unsure.box, size_wh=(width + 2 * SIDES * height, height))
        text = self._hearing.hear(unsure.record.kept, wide).text
        return len(squeezed(text)) > len(squeezed(self.line.content.text))


def _widened(box: LineBox) -> Xyxy:
    """The line and what is beside it."""
    x1, y1, x2, y2 = box.xyxy
    more = 2 * box.size_wh[1]
    return x1 - more, y1, x2 + more, y2


def _inside(box: LineBox, resolution_wh: tuple[int, int]) -> Xyxy | None:
    """Where words are left of a line that leaves the frame sideways."""
    x1, y1, x2, y2 = box.xyxy
    left, right = max(0.0, x1), min(float(resolution_wh[0]), x2)
    is_whole = y1 >= 0 and y2 <= resolution_wh[1] and right - left > 2 * (y2 - y1)
    return (left, y1, right, y2) if is_whole else None
