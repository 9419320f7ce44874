"""Lines of text from frame to frame: the text of each frame of a video.

Frames wait until the next close look. A line that a look finds is followed backwards through the
frames that wait, so it is there from its first frame on, and forwards until it is gone.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pipeline.follow.geometry import is_cut_lengthwise, overlap
from pipeline.follow.kept import KeptFrame
from pipeline.follow.lines import Lines
from pipeline.follow.plan import Look, LookPlan
from pipeline.follow.record import Eyes, Hearing, Record
from pipeline.frame_pool import Processed
from pipeline.read.boxes import LineBox, Picture
from pipeline.results import FrameResult, Xyxy

MOST_BYTES = 128 * 2**20  # of frames that wait
MOST_REPEATS = 1024  # frames that wait, however small they are
STILL_FRAMES = 16  # that wait while nothing changes


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
        self._label = label
        self._plan = LookPlan()
        self._waiting: list[Record] = []
        self._bytes = 0  # of what waits
        self._lines = Lines(Hearing(eyes), self._waiting)

    def follow(self, frames: Iterable[Processed]) -> Iterator[Followed]:
        """Yield the result and the lines of each frame, in order."""
        last: Record | None = None
        picture: Picture | None = None
        for each in frames:
            index = each.result.frame_index
            if last is not None and picture is not None and last.key == each.key:
                self._waiting.append(Record(index, each.result, last.kept, each.key, last.lines))
                if len(self._waiting) >= MOST_REPEATS:
                    yield from self._finished(last, picture)
                continue
            picture = each.frame
            last = Record(index, each.result, KeptFrame.of(picture), each.key)
            self._waiting.append(last)
            self._bytes += last.kept.nbytes
            yield from self._next(last, picture)
        if last is not None and picture is not None and self._waiting:
            yield from self._finished(last, picture)

    def _next(self, record: Record, picture: Picture) -> Iterator[Followed]:
        """Take the lines to a new frame and look closely if that is due."""
        regions = self._regions(record)
        self._plan.see(record.index, record.kept.grey, self._lines.boxes)
        for area in self._lines.advance(record, regions):
            self._plan.want(area)
        self._plan.notice(regions, self._lines.boxes)
        look = self._plan.next()
        if look is None and self._bytes >= MOST_BYTES:
            look = Look(None, glance=True)
        if look is not None:
            self._look(record, picture, look)
            if look.area is None or self._plan.is_still:
                yield from self._given_out(self._last_sure(record.index))
        elif len(self._waiting) >= STILL_FRAMES and self._is_certain():
            yield from self._given_out(self._last_sure(record.index))

    def _last_sure(self, index: int) -> int:
        """The last frame up to that one that need not wait any longer."""
        return index if self._bytes >= MOST_BYTES else self._lines.sure_until(index)

    def _finished(self, last: Record, picture: Picture) -> Iterator[Followed]:
        """All that waits. last, picture: the last frame that was not a repeated one."""
        if not self._is_certain():
            self._look(last, picture, Look(None, glance=True))
        yield from self._given_out(self._waiting[-1].index)

    def _is_certain(self) -> bool:
        """Whether no look can bring anything new about the frames that wait."""
        return self._plan.is_still and not self._lines.have_doubts

    def _look(self, record: Record, picture: Picture, look: Look) -> None:
        regions = self._regions(record)
        found = self._eyes.find(picture, regions, look.area, look.glance)
        boxes = [box for box in found if not is_cut_lengthwise(box, record.kept.grey)]
        found_new = self._lines.welcome(boxes, record)
        if look.area is None and not look.glance:
            self._lines.drop_missed(boxes, record)
        self._plan.done(look, found_new, regions, self._lines.boxes)

    def _given_out(self, last: int) -> Iterator[Followed]:
        """The frames that wait, up to that one."""
        self._lines.agree()
        records = [record for record in self._waiting if record.index <= last]
        del self._waiting[: len(records)]
        self._bytes = sum({id(r.kept): r.kept.nbytes for r in self._waiting}.values())
        for record in records:
            for content in record.lines:
                content.final = True
            lines = [
                FollowedLine(box, content.text, content.confidence)
                for content, box in record.lines.items()
                if content.text
            ]
            yield record.result, _distinct(lines)

    def _regions(self, record: Record) -> list[Xyxy]:
        return [found.bbox for found in record.result.detections if found.label == self._label]


def _distinct(lines: list[FollowedLine]) -> list[FollowedLine]:
    """Without lines that are followed twice, and pieces of others."""
    kept: list[FollowedLine] = []
    for line in sorted(lines, key=lambda line: -len(line.text)):
        if not any(line.text in k.text and overlap(line.xyxy, k.xyxy) > 0.3 for k in kept):
            kept.append(line)
    return kept
