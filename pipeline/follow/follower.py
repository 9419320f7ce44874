"""The lines of text in each frame of a video.

Frames are buffered until the next text detection. A line that is detected is tracked backwards
through the buffered frames, so it is reported from its first frame on, and forwards until it
disappears.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pipeline.follow.engine import TextEngine
from pipeline.follow.geometry import is_cut_lengthwise, overlap
from pipeline.follow.kept import KeptFrame
from pipeline.follow.pending import PendingFrame
from pipeline.follow.schedule import DetectionPass, DetectionSchedule
from pipeline.follow.tracker import LineTracker
from pipeline.frame_pool import Processed
from pipeline.read.boxes import LineBox, Picture
from pipeline.results import FrameResult, Xyxy

MOST_BYTES = 128 * 2**20  # of pending frames
MOST_REPEATS = 1024  # pending frames, however small
STILL_FRAMES = 16  # pending frames while nothing changes


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
    """Follows the lines of one video. label: the class of the detector's text boxes."""

    def __init__(self, engine: TextEngine, label: str) -> None:
        self._engine = engine
        self._label = label
        self._schedule = DetectionSchedule()
        self._pending: list[PendingFrame] = []
        self._bytes = 0  # of the pending frames
        self._tracker = LineTracker(engine, self._pending)

    def follow(self, frames: Iterable[Processed]) -> Iterator[Followed]:
        """Yield the result and the lines of each frame, in order."""
        last: PendingFrame | None = None
        picture: Picture | None = None
        for each in frames:
            index = each.result.frame_index
            if last is not None and picture is not None and last.key == each.key:
                repeat = PendingFrame(index, each.result, last.kept, each.key, last.lines)
                self._pending.append(repeat)
                if len(self._pending) >= MOST_REPEATS:
                    yield from self._flush(last, picture)
                continue
            picture = each.frame
            last = PendingFrame(index, each.result, KeptFrame.of(picture), each.key)
            self._pending.append(last)
            self._bytes += last.kept.nbytes
            yield from self._advance(last, picture)
        if last is not None and picture is not None and self._pending:
            yield from self._flush(last, picture)

    def _advance(self, frame: PendingFrame, picture: Picture) -> Iterator[Followed]:
        """Track the lines into a new frame and detect text if that is due."""
        regions = self._regions(frame)
        self._schedule.update(frame.index, frame.kept.grey, self._tracker.boxes)
        for area in self._tracker.advance(frame, regions):
            self._schedule.request(area)
        self._schedule.add_regions(regions, self._tracker.boxes)
        due = self._schedule.next_pass()
        if due is None and self._bytes >= MOST_BYTES:
            due = DetectionPass(None, quick=True)
        if due is not None:
            self._detect(frame, picture, due)
            if due.area is None or self._schedule.is_still:
                yield from self._release(self._last_final(frame.index))
        elif len(self._pending) >= STILL_FRAMES and self._is_settled():
            yield from self._release(self._last_final(frame.index))

    def _last_final(self, index: int) -> int:
        """The last frame, at most index, that can be released."""
        return index if self._bytes >= MOST_BYTES else self._tracker.final_until(index)

    def _flush(self, last: PendingFrame, picture: Picture) -> Iterator[Followed]:
        """Release all pending frames. last, picture: the last frame that was not a repeat."""
        if not self._is_settled():
            self._detect(last, picture, DetectionPass(None, quick=True))
        yield from self._release(self._pending[-1].index)

    def _is_settled(self) -> bool:
        """Whether another detection cannot change the pending frames."""
        return self._schedule.is_still and not self._tracker.is_uncertain

    def _detect(self, frame: PendingFrame, picture: Picture, due: DetectionPass) -> None:
        regions = self._regions(frame)
        found = self._engine.detect(picture, regions, due.area, due.quick)
        boxes = [box for box in found if not is_cut_lengthwise(box, frame.kept.grey)]
        found_new = self._tracker.associate(boxes, frame)
        if due.area is None and not due.quick:
            self._tracker.drop_missed(boxes, frame)
        self._schedule.record(due, found_new, regions, self._tracker.boxes)

    def _release(self, last: int) -> Iterator[Followed]:
        """The pending frames up to frame number `last`, whose texts become final."""
        self._tracker.reread_doubtful()
        released = [frame for frame in self._pending if frame.index <= last]
        del self._pending[: len(released)]
        self._bytes = sum({id(f.kept): f.kept.nbytes for f in self._pending}.values())
        for frame in released:
            for content in frame.lines:
                content.final = True
            lines = [
                FollowedLine(box, content.text, content.confidence)
                for content, box in frame.lines.items()
                if content.text
            ]
            yield frame.result, _without_duplicates(lines)

    def _regions(self, frame: PendingFrame) -> list[Xyxy]:
        return [found.bbox for found in frame.result.detections if found.label == self._label]


def _without_duplicates(lines: list[FollowedLine]) -> list[FollowedLine]:
    """Drop lines that are tracked twice, and fragments of longer lines."""
    kept: list[FollowedLine] = []
    for line in sorted(lines, key=lambda line: -len(line.text)):
        if not any(line.text in k.text and overlap(line.xyxy, k.xyxy) > 0.3 for k in kept):
            kept.append(line)
    return kept
