"""Lines of text from frame to frame: the text of each frame of a video.

Frames wait until the next close look. A line that a look finds is followed backwards through the
frames that wait, so it is there from its first frame on, and forwards until it is gone.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pipeline.follow.geometry import is_cut_lengthwise, overlap, touches_side
from pipeline.follow.kept import KeptFrame
from pipeline.follow.line import Content, Line, is_near
from pipeline.follow.plan import Look, LookPlan
from pipeline.follow.pursuit import Pursuit
from pipeline.follow.record import Eyes, Heard, Hearing, Record
from pipeline.follow.same import ALIKE, likeness, says_same
from pipeline.frame_pool import Processed
from pipeline.read.boxes import LineBox, Picture
from pipeline.results import FrameResult, Xyxy

MOST_BYTES = 128 * 2**20  # of frames that wait
STILL_FRAMES = 16  # that wait while nothing changes
DOUBTFUL = 0.95  # confidence below which a text is read again before it is given out
MOST_READINGS = 3
WIDER = 0.4  # heights by which a line that was found must be wider than known to replace it
MANY = 3  # lines that change at once are looked at, not read one by one


@dataclass(frozen=True)
class FollowedLine:
    box: LineBox
    text: str
    confidence: float

    @property
    def xyxy(self) -> Xyxy:
        return self.box.xyxy


Followed = tuple[FrameResult, list[FollowedLine]]


class LineFollower:
    """One video. label: the class of detections in which a detector saw text."""

    def __init__(self, eyes: Eyes, label: str) -> None:
        self._eyes = eyes
        self._hearing = Hearing(eyes)
        self._label = label
        self._plan = LookPlan()
        self._pursuits: list[Pursuit] = []
        self._waiting: list[Record] = []
        self._bytes = 0
        self._ended: list[Line] = []  # since the last look at the whole frame
        self.looks = 0

    def follow(self, frames: Iterable[Processed]) -> Iterator[Followed]:
        """Yield the result and the lines of each frame, in order."""
        last: Record | None = None
        picture: Picture | None = None
        for each in frames:
            index = each.result.frame_index
            if last is not None and last.key == each.key:
                self._waiting.append(Record(index, each.result, last.kept, each.key, last.lines))
                continue
            picture = each.frame
            last = Record(index, each.result, KeptFrame.of(picture), each.key)
            self._waiting.append(last)
            self._bytes += last.kept.nbytes
            self._advance(last)
            look = self._plan.next()
            if look is None and self._bytes >= MOST_BYTES:
                look = Look(None, glance=True)
            if look is None and len(self._waiting) >= STILL_FRAMES and self._is_certain():
                yield from self._given_out()
            if look is not None:
                self._look(last, picture, look)
                if look.area is None or self._plan.is_still:
                    yield from self._given_out()
        if last is not None and picture is not None and self._waiting:
            if not self._is_certain():
                self._look(last, picture, Look(None, glance=True))
            yield from self._given_out()

    def _is_certain(self) -> bool:
        """Whether no look can bring anything new about the frames that wait."""
        return self._plan.is_still and not any(pursuit.has_doubts for pursuit in self._pursuits)

    def _advance(self, record: Record) -> None:
        known = self._boxes()
        self._plan.see(record.index, record.kept.grey, known)
        regions = self._regions(record)
        for pursuit in self._pursuits:
            pursuit.push(record, regions)
        unsure = [pursuit for pursuit in self._pursuits if pursuit.is_unsure]
        if len(unsure) >= MANY:
            _jump(unsure, record)
            unsure = [pursuit for pursuit in unsure if pursuit.is_unsure]
        many = len(unsure) >= MANY and 2 * len(unsure) >= len(self._pursuits)
        for pursuit in unsure:
            if many:
                self._plan.want(pursuit.line.box.xyxy)
            else:
                pursuit.settle()
        self._heed()
        self._plan.notice(regions, self._boxes())

    def _heed(self) -> None:
        """Look where lines ended or may have become longer."""
        for pursuit in self._pursuits:
            if pursuit.wanted is not None:
                self._plan.want(pursuit.wanted)
                pursuit.wanted = None
        self._drop_ended()

    def _drop_ended(self) -> None:
        self._ended += [pursuit.line for pursuit in self._pursuits if pursuit.ended]
        self._pursuits = [pursuit for pursuit in self._pursuits if not pursuit.ended]

    # a close look

    def _look(self, record: Record, picture: Picture, look: Look) -> None:
        self.looks += 1
        regions = self._regions(record)
        found = self._eyes.find(picture, regions, look.area, look.glance)
        boxes = [box for box in found if not is_cut_lengthwise(box, record.kept.grey)]
        before = list(self._pursuits)
        for box in sorted(boxes, key=lambda box: (box.xyxy[1], box.xyxy[0])):
            self._welcome(box, record)
        found_new = any(pursuit not in before for pursuit in self._pursuits)
        for pursuit in self._pursuits:
            pursuit.settle()
        self._drop_ended()
        if look.area is None and not look.glance:
            self._drop_missed(boxes, record)
        self._plan.done(look, found_new, regions, self._boxes())

    def _welcome(self, box: LineBox, record: Record) -> None:
        same = [p for p in self._pursuits if overlap(p.line.box.xyxy, box.xyxy) > 0.5]
        is_known = bool(same) and not _is_wider(box, [p.line.box for p in same])
        if is_known and not any(pursuit.has_doubts for pursuit in same):
            if same[0].line.moves and _is_off(same[0].line.box, box):
                same[0].line.look_again(box, record.kept.grey)
            return
        heard = self._hearing.hear(record.kept, box)
        for pursuit in same:
            if is_known or not pursuit.says_same(heard):
                pursuit.settle(heard)
        same = [pursuit for pursuit in same if not pursuit.ended]
        is_more = len(heard.text) > sum(len(p.line.content.text) for p in same)
        if not heard.text or (same and (is_known or not is_more)):
            return
        lost = None if same else self._lost(heard, box)
        if lost is not None:
            lost.relocate(box, record)
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
        self._pursuits.append(Pursuit(line, self._hearing))

    def _lost(self, heard: Heard, box: LineBox) -> Pursuit | None:
        """The line that says this and is followed in a wrong place nearby."""
        same = (p for p in self._pursuits if _is_the_same(p.line, heard, box))
        return next(same, None)

    def _resumed(self, heard: Heard, box: LineBox) -> Content | None:
        """What a line said that was lost a moment ago and is found again."""
        for line in self._ended:
            if _is_the_same(line, heard, box):
                return line.content
        return None

    def _go_back(self, line: Line) -> None:
        """Find the line in the frames that wait."""
        back = line.turned_back(self._common_velocity())
        pursuit = Pursuit(back, self._hearing, backwards=True)
        for number, record in enumerate(reversed(self._waiting[:-1])):
            if number == 1:
                dx, dy = back.velocity
                line.velocity = -dx, -dy
            if pursuit.ended or _is_taken(record, back):
                return
            pursuit.push(record)
            if pursuit.is_unsure:
                pursuit.settle()
        pursuit.settle()

    def _common_velocity(self) -> tuple[float, float]:
        """Pixels a frame; a new line moves as others do."""
        velocities = sorted(pursuit.line.velocity for pursuit in self._pursuits)
        return velocities[len(velocities) // 2] if velocities else (0.0, 0.0)

    def _drop_missed(self, found: list[LineBox], record: Record) -> None:
        """Lines that the looks do not find any more are read once more."""
        for pursuit in list(self._pursuits):
            line = pursuit.line
            is_found = any(overlap(line.box.xyxy, box.xyxy) > 0.5 for box in found)
            line.missed = 0 if is_found else line.missed + 1
            if line.missed == 0 or (line.content.count > 1 and line.missed < 2):
                continue
            heard = self._hearing.hear(record.kept, line.box)
            if likeness(heard.text, line.content.text) < 0.7:
                self._pursuits.remove(pursuit)
                record.lines.pop(line.content, None)

    # what leaves

    def _given_out(self) -> Iterator[Followed]:
        self._agree()
        self._ended = []
        records, self._waiting, self._bytes = self._waiting, [], 0
        for record in records:
            for content in record.lines:
                content.final = True
            lines = [
                FollowedLine(box, content.text, content.confidence)
                for content, box in record.lines.items()
                if content.text
            ]
            yield record.result, _distinct(lines)

    def _agree(self) -> None:
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

    def _boxes(self) -> list[Xyxy]:
        return [pursuit.line.box.xyxy for pursuit in self._pursuits]

    def _regions(self, record: Record) -> list[Xyxy]:
        return [found.bbox for found in record.result.detections if found.label == self._label]


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
    height = max(line.box.size_wh[1], box.size_wh[1])
    return (
        0.6 < line.box.size_wh[1] / box.size_wh[1] < 1.7
        and is_near(line.box, box, 2 * height)
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


def _distinct(lines: list[FollowedLine]) -> list[FollowedLine]:
    """Without lines that are followed twice."""
    kept: list[FollowedLine] = []
    for line in lines:
        if not any(line.text == k.text and overlap(line.xyxy, k.xyxy) > 0.3 for k in kept):
            kept.append(line)
    return kept
