"""Follows one line from frame to frame, forwards or backwards.

In a frame where the line looks as it did, it says what it said. Where it looks different, the frame
is unsure; after some unsure frames the line is read in the last of them. If it says the same there,
it said so in all of them, and what changed in its picture is tolerated from then on. If not, the
frame in which it changed is searched by halving.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from pipeline.follow.appearance import SIDES, Change, sample
from pipeline.follow.kept import KeptFrame
from pipeline.follow.line import MOST_PATIENCE, Content, Line
from pipeline.follow.same import ALIKE, SURE, likeness, says_same
from pipeline.read.boxes import LineBox
from pipeline.results import FrameResult, Xyxy

LEAST_WORD = 0.8  # confidence of a word; what lies below is taken for noise
GROWN = 0.35  # heights; a box changes by more only if there is more text
CUT = 1.0  # pixels; a line that is closer to the border is cut by it


@dataclass(eq=False)
class Record:
    """A frame whose lines are not all known yet. lines: what each says and where."""

    index: int
    result: FrameResult
    kept: KeptFrame
    lines: dict[Content, LineBox] = field(default_factory=dict)
    key: object = None


@dataclass(frozen=True)
class Heard:
    """A reading, without the words below the least confidence; box: around these words."""

    text: str
    confidence: float
    box: LineBox


@dataclass(frozen=True)
class Unsure:
    record: Record
    box: LineBox
    change: Change


Hear = Callable[[list[tuple[KeptFrame, LineBox]]], list[Heard]]


class Pursuit:
    """One line. `push` takes it to the next frame; `ended` tells that it is not there any more."""

    def __init__(self, line: Line, hear: Hear, backwards: bool = False) -> None:
        self.line = line
        self.ended = False
        self._hear = hear
        self._backwards = backwards
        self._unsure: list[Unsure] = []

    def push(self, record: Record, others: list[Xyxy]) -> None:
        """others: boxes of further lines, which this one does not grow into."""
        if self._unsure and record.kept is self._unsure[-1].record.kept:
            box, change = self._unsure[-1].box, self._unsure[-1].change
        else:
            box, change = self.line.locate(record.kept.grey)
        if _leaves(box, record.kept.resolution_wh):
            self.settle(others)
            self.ended = True
            return
        self.line.place(box)
        if change.is_none:
            self._accept_unsure()
            record.lines[self.line.content] = box
            return
        self._unsure.append(Unsure(record, box, change))
        if len(self._unsure) >= self.line.patience:
            self.settle(others)

    def settle(self, others: list[Xyxy]) -> None:
        """Decide about the frames that are unsure."""
        if not self._unsure or self.ended:
            return
        last = self._unsure[-1]
        heard = self._heard(last)
        if says_same(heard.text, self.line.content.text, heard.confidence):
            grown = self._grown(last, others)
            if grown is None:
                self.line.content.vote(heard.text, heard.confidence)
                self._accept_unsure(learn=True)
                self.line.patience = min(2 * self.line.patience, MOST_PATIENCE)
                return
            heard = grown
        before = self._search_change()
        rest = self._unsure[before:]
        self._unsure = self._unsure[:before]
        self._accept_unsure(learn=True)
        self._unsure = []
        if self._is_new_text(heard):
            self._begin(heard, rest)
        else:
            self.ended = True

    def _search_change(self) -> int:
        """How many of the unsure frames say what the line said; the last one does not."""
        low, high = 0, len(self._unsure) - 1
        while low < high:
            middle = (low + high) // 2
            heard = self._heard(self._unsure[middle])
            if says_same(heard.text, self.line.content.text, heard.confidence):
                low = middle + 1
            else:
                high = middle
        return low

    def _is_new_text(self, heard: Heard) -> bool:
        """Whether the line goes on with another text, such as a clock."""
        if self._backwards or heard.confidence < SURE:
            return False
        return likeness(heard.text, self.line.content.text) >= ALIKE

    def _begin(self, heard: Heard, rest: list[Unsure]) -> None:
        content = Content()
        content.vote(heard.text, heard.confidence)
        last = rest[-1]
        self.line.restart(content, heard.box, last.record.kept.grey)
        for each in rest:
            each.record.lines[content] = heard.box

    def _accept_unsure(self, learn: bool = False) -> None:
        for each in self._unsure:
            each.record.lines[self.line.content] = each.box
            if learn:
                size = self.line.appearance.size_wh
                self.line.appearance.tolerate(sample(each.record.kept.grey, each.box, size))
        self._unsure = []

    def _heard(self, unsure: Unsure) -> Heard:
        return self._hear([(unsure.record.kept, unsure.box)])[0]

    def _grown(self, unsure: Unsure, others: list[Xyxy]) -> Heard | None:
        """What the line says if something was added beside it."""
        if unsure.change.beside < unsure.change.within and self.line.patience > 1:
            return None
        if not unsure.change.beside or unsure.box.degrees:
            return None
        wide = _widened(unsure.box, others, unsure.record.kept.resolution_wh)
        heard = self._hear([(unsure.record.kept, wide)])[0]
        known = self.line.content.text
        longer = len(heard.text) > len(known) and known in heard.text
        return heard if longer and heard.confidence >= SURE else None


def _widened(box: LineBox, others: list[Xyxy], resolution_wh: tuple[int, int]) -> LineBox:
    x1, y1, x2, y2 = box.xyxy
    more = SIDES * (y2 - y1)
    left, right = max(0.0, x1 - more), min(float(resolution_wh[0]), x2 + more)
    for ox1, oy1, ox2, oy2 in others:
        if min(y2, oy2) - max(y1, oy1) > 0.3 * min(y2 - y1, oy2 - oy1):
            if ox2 <= x1 + 2:
                left = max(left, ox2)
            if ox1 >= x2 - 2:
                right = min(right, ox1)
    return LineBox.upright((min(left, x1), y1, max(right, x2), y2), box.score)


def _leaves(box: LineBox, resolution_wh: tuple[int, int]) -> bool:
    """Whether the border cuts the letters; boxes are a little larger than these."""
    x1, y1, x2, y2 = box.xyxy
    width, height = resolution_wh
    slack = 0.18 * box.size_wh[1]
    return x1 < -slack or y1 < -slack or x2 > width + slack or y2 > height + slack
