"""The lines that are followed: how they go on, and which are new among those that a look finds."""

from collections import Counter
from collections.abc import Sequence

from pipeline.follow.geometry import overlap, shared, touches_side
from pipeline.follow.kept import KeptFrame
from pipeline.follow.line import Content, Line, is_near
from pipeline.follow.pursuit import Pursuit
from pipeline.follow.record import Heard, Hearing, Record
from pipeline.follow.same import ALIKE, contains, likeness, says_same
from pipeline.read.boxes import LineBox
from pipeline.results import Xyxy

DOUBTFUL = 0.95  # confidence below which a text is read again before it is given out
MOST_READINGS = 3
WIDER = 0.4  # heights by which a line that was found must be wider than known to replace it
MANY = 3  # lines that change at once are looked at, not read one by one


class Lines:
    """waiting: the frames in which a new line may have been before it was found."""

    def __init__(self, hearing: Hearing, waiting: list[Record]) -> None:
        self._hearing = hearing
        self._waiting = waiting
        self._pursuits: list[Pursuit] = []
        self._ended: list[Line] = []  # lately

    @property
    def boxes(self) -> list[Xyxy]:
        return [pursuit.line.box.xyxy for pursuit in self._pursuits]

    @property
    def have_doubts(self) -> bool:
        return any(pursuit.has_doubts or pursuit.is_coming_in for pursuit in self._pursuits)

    def sure_until(self, index: int) -> int:
        """The last frame up to that one in which it is known what all lines say for good."""
        return min((pursuit.sure_until(index) for pursuit in self._pursuits), default=index)

    def advance(self, record: Record, regions: Sequence[Xyxy]) -> list[Xyxy]:
        """Go to the next frame; returns where to look closely: lines ended or may be longer there.

        regions: in which the detector sees text in that frame.
        """
        for pursuit in self._pursuits:
            pursuit.push(record, regions)
        unsure = [pursuit for pursuit in self._pursuits if pursuit.is_unsure]
        if len(unsure) >= MANY:
            _jump(unsure, record)
            unsure = [pursuit for pursuit in unsure if pursuit.is_unsure]
        if len(unsure) >= MANY and 2 * len(unsure) >= len(self._pursuits):
            wanted = [pursuit.line.box.xyxy for pursuit in unsure]
        else:
            wanted = []
            for pursuit in unsure:
                pursuit.settle()
        for pursuit in self._pursuits:
            wanted += [pursuit.wanted] if pursuit.wanted is not None else []
            pursuit.wanted = None
        self._drop_ended()
        return wanted

    def welcome(self, found: Sequence[LineBox], record: Record) -> bool:
        """Compare what a look found in the last frame; returns whether some of it is new."""
        before = list(self._pursuits)
        firm = [box for box in found if not box.faint]
        for box in sorted(found, key=lambda box: (box.faint, box.xyxy[1], box.xyxy[0])):
            self._welcome(box, record, firm)
        found_new = any(pursuit not in before for pursuit in self._pursuits)
        for pursuit in self._pursuits:
            pursuit.settle()
        self._drop_ended()
        return found_new

    def _welcome(self, box: LineBox, record: Record, found: Sequence[LineBox]) -> None:
        near = [p for p in self._pursuits if overlap(p.line.box.xyxy, box.xyxy) > 0.5]
        if box.faint and near:
            return
        # Lines that slant or are set tightly overlap: one that another box fits better is another.
        same = [p for p in near if _best_of(found, p.line.box) is box]
        is_whole = not touches_side(box, record.kept.resolution_wh[0])
        has_come_in = is_whole and any(pursuit.line.is_cut for pursuit in same)
        is_known = bool(same) and not has_come_in and not _is_wider(box, [p.line.box for p in same])
        for pursuit in same if is_whole else ():
            pursuit.line.is_cut = False
        if is_known and not any(pursuit.has_doubts for pursuit in same):
            if same[0].line.moves and _is_off(same[0].line.box, box):
                same[0].line.look_again(box, record.kept.grey)
            return
        heard = self._hearing.hear(record.kept, box)
        if any(contains(p.line.content.text, heard.text) for p in near if p not in same):
            return  # a part of that line
        for pursuit in same:
            if is_known or not pursuit.says_same(heard):
                # A box around several lines says of none what it says.
                pursuit.settle(heard if len(same) == 1 else None)
        same = [pursuit for pursuit in same if not pursuit.ended]
        is_more = len(heard.text) > sum(len(p.line.content.text) for p in same)
        if not heard.text or (same and (is_known or not is_more)):
            return
        lost = None if same else self._lost(heard, box, found)
        if lost is not None:
            lost.relocate(box, record)
            self._go_back(lost.line)
            return
        content = self._resumed(heard, box) or Content()
        content.vote(heard.text, heard.confidence)
        line = Line.born(box, content, record.kept.grey)
        line.is_cut = touches_side(line.box, record.kept.resolution_wh[0])
        self._pursuits = [p for p in self._pursuits if p not in same and not p.ended]
        record.lines[content] = line.box
        self._go_back(line)
        for each in self._waiting:
            if content in each.lines:
                for old in same:
                    each.lines.pop(old.line.content, None)
        self._pursuits.append(Pursuit(line, record, self._hearing))

    def _lost(self, heard: Heard, box: LineBox, found: Sequence[LineBox]) -> Pursuit | None:
        """The line that says this and is followed in a place nearby where the look found none."""
        for pursuit in self._pursuits:
            if _is_the_same(pursuit.line, heard, box) and not _is_among(pursuit.line.box, found):
                return pursuit
        return None

    def _resumed(self, heard: Heard, box: LineBox) -> Content | None:
        """What a line said that was lost a moment ago and is found again."""
        for line in self._ended:
            if _is_the_same(line, heard, box):
                return line.content
        return None

    def _go_back(self, line: Line) -> None:
        """Find the line in the frames that wait."""
        back = line.turned_back(self._common_velocity())
        pursuit = Pursuit(back, self._waiting[-1], self._hearing, backwards=True)
        for number, record in enumerate(reversed(self._waiting[:-1])):
            if number == 1:
                dx, dy = back.velocity
                line.velocity = -dx, -dy
            if pursuit.ended or _is_taken(record, back):
                break
            pursuit.push(record)
            if pursuit.is_unsure:
                pursuit.settle()
        pursuit.settle()

    def _common_velocity(self) -> tuple[float, float]:
        """Pixels a frame; a new line moves as others do."""
        velocities = sorted(pursuit.line.velocity for pursuit in self._pursuits)
        return velocities[len(velocities) // 2] if velocities else (0.0, 0.0)

    def drop_missed(self, found: Sequence[LineBox], record: Record) -> None:
        """Lines that the looks do not find any more are read once more."""
        for pursuit in list(self._pursuits):
            line = pursuit.line
            is_found = _is_among(line.box, found)
            line.missed = 0 if is_found else line.missed + 1
            if line.missed == 0 or (line.content.count > 1 and line.missed < 2):
                continue
            heard = self._hearing.hear(record.kept, line.box)
            if likeness(heard.text, line.content.text) < 0.7:
                self._pursuits.remove(pursuit)
                record.lines.pop(line.content, None)

    def agree(self) -> None:
        """Read doubtful lines a few times more, in frames that are far from each other."""
        places: dict[Content, dict[KeptFrame, LineBox]] = {}
        for record in self._waiting:
            for content, box in record.lines.items():
                if not content.final and content.confidence < DOUBTFUL:
                    places.setdefault(content, {})[record.kept] = box
        for content, seen in places.items():
            frames = list(seen.items())
            more = min(MOST_READINGS - content.count, len(frames))
            for number in range(more):
                kept, box = frames[(2 * number + 1) * len(frames) // (2 * more)]
                heard = self._hearing.hear(kept, box)
                content.vote(heard.text, heard.confidence)
        self._ended = []

    def _drop_ended(self) -> None:
        self._ended += [pursuit.line for pursuit in self._pursuits if pursuit.ended]
        self._pursuits = [pursuit for pursuit in self._pursuits if not pursuit.ended]


def _best_of(found: Sequence[LineBox], box: LineBox) -> LineBox:
    return max(found, key=lambda other: shared(other.xyxy, box.xyxy))


def _is_among(box: LineBox, found: Sequence[LineBox]) -> bool:
    return any(overlap(box.xyxy, other.xyxy) > 0.5 for other in found)


def _is_wider(box: LineBox, known: list[LineBox]) -> bool:
    """Whether a line was found that is more than the known ones in its place."""
    left, right = min(k.xyxy[0] for k in known), max(k.xyxy[2] for k in known)
    more = WIDER * min(box.size_wh[1], *(k.size_wh[1] for k in known))
    return box.xyxy[0] < left - more or box.xyxy[2] > right + more


def _jump(unsure: list[Pursuit], record: Record) -> None:
    """Lines that changed all at once may have moved, as when a terminal scrolls."""
    some = unsure[:: max(1, len(unsure) // 4)]
    shifts = [pursuit.line.jumped(record.kept.grey) for pursuit in some]
    found = Counter(shift for shift in shifts if shift is not None and shift != (0, 0))
    for shift, _ in found.most_common(1):
        for pursuit in unsure:
            pursuit.jump(shift)


def _is_off(followed: LineBox, found: LineBox) -> bool:
    """Whether a box that was followed does not fit the line any more."""
    wide, high = (a / b for a, b in zip(followed.size_wh, found.size_wh, strict=True))
    return not (
        is_near(followed, found, 0.15 * found.size_wh[1])
        and 0.93 < wide < 1.07
        and 0.85 < high < 1.2
        and abs(followed.degrees - found.degrees) < 1.5
    )


def _is_the_same(line: Line, heard: Heard, box: LineBox) -> bool:
    """Whether a line that says this may have come there since it was lost."""
    width, height = map(max, zip(line.box.size_wh, box.size_wh, strict=True))
    return (
        0.6 < line.box.size_wh[1] / box.size_wh[1] < 1.7
        and is_near(line.box, box, max(2 * height, width))
        and says_same(heard.text, line.content.text, heard.confidence)
    )


def _is_taken(record: Record, line: Line) -> bool:
    """Whether that frame already has this line, or had another one in its place."""
    for content, box in record.lines.items():
        like = likeness(content.text, line.content.text)
        shared = overlap(box.xyxy, line.box.xyxy)
        if shared > 0.6 and like < ALIKE and content is not line.content:
            return True
        if shared > 0.2 and like == 1.0:
            return True
    return False
