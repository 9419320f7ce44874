"""Lines of text from frame to frame: the text of each frame of a video.

Frames wait until the next close look. A line that a look finds is followed backwards through the
frames that wait, so it is there from its first frame on, and forwards until it is gone.
"""


from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from pipeline.follow.kept import KeptFrame
from pipeline.follow.line import Content, Line
from pipeline.follow.pursuit import LEAST_WORD, Heard, Pursuit, Record
from pipeline.follow.same import likeness
from pipeline.follow.watch import Watch
from pipeline.read.boxes import LineBox, Picture
from pipeline.read.look import Line as Seen
from pipeline.read.reader import Reading
from pipeline.results import FrameResult, Xyxy

MOST_BYTES = 128 * 2**20  # of frames that wait
DOUBTFUL = 0.95  # confidence below which a text is read again before it is given out
MOST_READINGS = 3
BORN_FRAMES = 2  # in a row in which the detector shows something new before it is looked at
WIDER = 0.8  # heights by which a line that was found must be wider than known to replace it


class Eyes(Protocol):
    """Finds and reads lines in one picture."""

    def look(self, picture: Picture, regions: Sequence[Xyxy]) -> list[Seen]: ...

    def read(self, crops: Sequence[Picture]) -> list[Reading]: ...


@dataclass(frozen=True)
class FollowedLine:
    box: LineBox
    text: str
    confidence: float

    @property
    def xyxy(self) -> Xyxy:
        return self.box.xyxy


class LineFollower:
    """One video. regions_of: the boxes in a result in which a detector saw text."""

    def __init__(self, eyes: Eyes, label: str) -> None:
        self._eyes = eyes
        self._label = label
        self._watch = Watch()
        self._pursuits: list[Pursuit] = []
        self._waiting: list[Record] = []
        self._bytes = 0
        self._new_regions: list[Xyxy] = []  # that no line explains, in the last frame
        self._refused: list[Xyxy] = []  # in which a look found nothing
        self._born_in_row = 0
        self._wants_look = False
        self.stats = {"looks": 0, "reads": 0}

    def follow(
        self, frames: Iterable[tuple[int, Picture, FrameResult, object]]
    ) -> Iterator[tuple[FrameResult, list[FollowedLine]]]:
        """Yield the result and the lines of each frame, in order."""
        last: tuple[Record, Picture] | None = None
        for index, picture, result, key in frames:
            record = self._record(index, picture, result, key)
            last = record, picture
            if self._is_repeated(record):
                record.lines = dict(self._waiting[-1].lines)
                self._waiting.append(record)
                continue
            self._waiting.append(record)
            self._bytes += record.kept.nbytes
            self._advance(record)
            if self._is_due(record):
                self._look(record, picture)
                yield from self._given_out()
        if last and self._waiting:
            if not self._watch.is_still:
                self._look(*last)
            yield from self._given_out()

    # steps of one frame

    def _record(self, index: int, picture: Picture, result: FrameResult, key: object) -> Record:
        previous = self._waiting[-1] if self._waiting else None
        if previous is not None and key is not None and previous.key == key:
            return Record(index, result, previous.kept, key=key)
        return Record(index, result, KeptFrame.of(picture), key=key)

    def _is_repeated(self, record: Record) -> bool:
        return bool(self._waiting) and record.kept is self._waiting[-1].kept

    def _advance(self, record: Record) -> None:
        boxes = self._boxes()
        self._watch.see(record.index, record.kept.grey, boxes)
        for pursuit in self._pursuits:
            pursuit.push(record, boxes)
        ended = [pursuit for pursuit in self._pursuits if pursuit.ended]
        if ended:
            self._pursuits = [pursuit for pursuit in self._pursuits if not pursuit.ended]
            self._wants_look = True
        self._notice_regions(record)

    def _notice_regions(self, record: Record) -> None:
        known = [*self._boxes(), *self._refused]
        new = [
            found.bbox
            for found in record.result.detections
            if found.label == self._label and not any(_covers(box, found.bbox) for box in known)
        ]
        again = [box for box in new if any(_covers(box, o) for o in self._new_regions)]
        self._born_in_row = self._born_in_row + 1 if again else int(bool(new))
        self._new_regions = new
        if self._born_in_row >= BORN_FRAMES:
            self._wants_look = True

    def _is_due(self, record: Record) -> bool:
        if self._watch.is_due or self._bytes >= MOST_BYTES:
            return True
        return self._wants_look and self._watch.since_look >= 4

    # a close look

    def _look(self, record: Record, picture: Picture) -> None:
        self.stats["looks"] += 1
        for pursuit in self._pursuits:
            pursuit.settle(self._boxes())
        self._pursuits = [pursuit for pursuit in self._pursuits if not pursuit.ended]
        regions = [f.bbox for f in record.result.detections if f.label == self._label]
        seen = [s for s in self._eyes.look(picture, regions) if not _is_cut(s, record)]
        for pursuit in self._pursuits:
            pursuit.line.missed += 1
        for each in sorted(seen, key=lambda s: (s.xyxy[1], s.xyxy[0])):
            self._welcome(each, record)
        self._drop_missed(record)
        boxes = self._boxes()
        self._refused = [
            box for box in regions if not any(_covers(known, box) for known in boxes)
        ]
        self._watch.looked()
        self._wants_look, self._born_in_row = False, 0

    def _welcome(self, seen: Seen, record: Record) -> None:
        same = [p for p in self._pursuits if _overlap(p.line.box.xyxy, seen.xyxy) > 0.5]
        for pursuit in same:
            pursuit.line.missed = 0
        if same and not _is_wider(seen, [p.line.box for p in same]):
            if len(same) == 1:
                same[0].line.content.vote(seen.text, seen.confidence)
            return
        content = Content()
        content.vote(seen.text, seen.confidence)
        line = Line.born(seen.box, content, record.kept.grey)
        gone = [p.line.content for p in same]
        self._pursuits = [p for p in self._pursuits if p not in same]
        for old in gone:
            record.lines.pop(old, None)
        record.lines[content] = line.box
        self._go_back(line, gone)
        self._pursuits.append(Pursuit(line, self._hear))

    def _go_back(self, line: Line, replaced: list[Content]) -> None:
        back = line.turned_back()
        back.velocity = self._backward_velocity(line)
        pursuit = Pursuit(back, self._hear, backwards=True)
        first = back.box
        steps = 0
        for record in reversed(self._waiting[:-1]):
            pursuit.push(record, [])
            if pursuit.ended:
                break
            steps += 1
            if steps == 1:
                dx, dy = back.velocity
                line.velocity = (-dx, -dy)
        else:
            pursuit.settle([])
        del first
        for record in self._waiting:
            if line.content in record.lines:
                for old in replaced:
                    record.lines.pop(old, None)

    def _backward_velocity(self, line: Line) -> tuple[float, float]:
        """Of what moves around it, which a new line moves with."""
        velocities = sorted(p.line.velocity for p in self._pursuits)
        if not velocities:
            return 0.0, 0.0
        dx, dy = velocities[len(velocities) // 2]
        return -dx, -dy

    def _drop_missed(self, record: Record) -> None:
        """Lines that two looks did not find are read once more."""
        for pursuit in list(self._pursuits):
            line = pursuit.line
            if line.missed < 1 or (line.content.count > 1 and line.missed < 2):
                continue
            heard = self._hear([(record.kept, line.box)])[0]
            if likeness(heard.text, line.content.text) < 0.7:
                self._pursuits.remove(pursuit)
                record.lines.pop(line.content, None)

    def _hear(self, places: list[tuple[KeptFrame, LineBox]]) -> list[Heard]:
        self.stats["reads"] += len(places)
        readings = self._eyes.read([kept.crop(box) for kept, box in places])
        return [_heard(r, box) for r, (_, box) in zip(readings, places, strict=True)]

    # what leaves

    def _given_out(self) -> Iterator[tuple[FrameResult, list[FollowedLine]]]:
        self._agree()
        records = self._waiting
        # The last one stays: the next may repeat it.
        self._waiting, self._bytes = [], 0
        for record in records:
            lines = [
                FollowedLine(box, content.text, content.confidence)
                for content, box in record.lines.items()
                if content.text
            ]
            for content in record.lines:
                content.final = True
            yield record.result, lines

    def _agree(self) -> None:
        places: dict[Content, list[tuple[KeptFrame, LineBox]]] = {}
        for record in self._waiting:
            for content, box in record.lines.items():
                if not content.final and content.confidence < DOUBTFUL:
                    seen = places.setdefault(content, [])
                    if not seen or seen[-1][0] is not record.kept:
                        seen.append((record.kept, box))
        for content, frames in places.items():
            more = min(MOST_READINGS - content.count, len(frames))
            if more <= 0:
                continue
            chosen = [frames[(2 * k + 1) * len(frames) // (2 * more)] for k in range(more)]
            for heard in self._hear(chosen):
                content.vote(heard.text, heard.confidence)

    def _boxes(self) -> list[Xyxy]:
        return [pursuit.line.box.xyxy for pursuit in self._pursuits]


def _heard(reading: Reading, box: LineBox) -> Heard:
    kept = reading.at_least(LEAST_WORD)
    if not kept.words:
        return Heard("", 0.0, box)
    width, height = box.size_wh
    start = max(0.0, kept.words[0].start * width - 0.3 * height)
    end = min(width, kept.words[-1].end * width + 0.3 * height)
    if not box.is_level or (start < 0.6 * height and width - end < 0.6 * height):
        return Heard(kept.text, kept.confidence, box)
    x1, y1, _, y2 = box.xyxy
    tight = LineBox.upright((x1 + start, y1, x1 + end, y2), box.score)
    return Heard(kept.text, kept.confidence, tight)


def _overlap(first: Xyxy, second: Xyxy) -> float:
    """The common area, as a share of the smaller one."""
    across = min(first[2], second[2]) - max(first[0], second[0])
    down = min(first[3], second[3]) - max(first[1], second[1])
    if across <= 0 or down <= 0:
        return 0.0
    areas = [(b[2] - b[0]) * (b[3] - b[1]) for b in (first, second)]
    return across * down / min(areas)


def _covers(box: Xyxy, other: Xyxy) -> bool:
    across = min(box[2], other[2]) - max(box[0], other[0])
    down = min(box[3], other[3]) - max(box[1], other[1])
    if across <= 0 or down <= 0:
        return False
    return across * down >= 0.5 * (other[2] - other[0]) * (other[3] - other[1])


def _is_wider(seen: Seen, boxes: list[LineBox]) -> bool:
    if len(boxes) > 1:
        return True
    x1, y1, x2, y2 = boxes[0].xyxy
    more = WIDER * min(y2 - y1, seen.box.size_wh[1])
    return seen.xyxy[0] < x1 - more or seen.xyxy[2] > x2 + more


def _is_cut(seen: Seen, record: Record) -> bool:
    """Whether the border of the frame cuts its letters: there is ink on the outermost pixels."""
    width, height = record.kept.resolution_wh
    x1, y1, x2, y2 = (round(value) for value in seen.box.xyxy)
    grey = record.kept.grey
    inner = grey[max(0, y1) : y2, max(0, x1) : x2]
    if inner.size == 0:
        return True
    contrast = max(40.0, float(inner.max()) - float(inner.min()))
    edges = []
    if y1 <= 1:
        edges.append(grey[0, max(0, x1) : x2])
    if y2 >= height - 1:
        edges.append(grey[-1, max(0, x1) : x2])
    if x1 <= 1:
        edges.append(grey[max(0, y1) : y2, 0])
    if x2 >= width - 1:
        edges.append(grey[max(0, y1) : y2, -1])
    return any(float(e.max()) - float(e.min()) > 0.4 * contrast for e in edges if e.size)
