"""Associates detected lines with tracks, and starts and ends tracks."""

from collections import Counter
from collections.abc import Sequence

from pipeline.follow.engine import LineReading, TextEngine, read_line
from pipeline.follow.geometry import iou, overlap, touches_side
from pipeline.follow.kept import KeptFrame
from pipeline.follow.line import Content, Line, is_near
from pipeline.follow.pending import PendingFrame
from pipeline.follow.similarity import SIMILAR, contains, is_same_text, similarity
from pipeline.follow.track import Track
from pipeline.read.boxes import LineBox
from pipeline.results import Xyxy

DOUBTFUL = 0.95  # confidence; texts below it are read again before their frames are released
MOST_READINGS = 3
WIDER = 0.4  # heights by which a detected line must be wider than a track to replace it
MANY = 3  # due tracks at once: scrolling is tried first, then detection instead of reading each


class LineTracker:
    """All tracks of a video. pending: the frames in which a new line may already be visible."""

    def __init__(self, engine: TextEngine, pending: list[PendingFrame]) -> None:
        self._engine = engine
        self._pending = pending
        self._tracks: list[Track] = []
        self._ended: list[Line] = []  # recently

    @property
    def boxes(self) -> list[Xyxy]:
        return [track.line.box.xyxy for track in self._tracks]

    @property
    def is_uncertain(self) -> bool:
        return any(track.is_unverified or track.is_entering for track in self._tracks)

    def final_until(self, index: int) -> int:
        """The last frame, at most index, in which no line's text can change any more."""
        return min((track.final_until(index) for track in self._tracks), default=index)

    def advance(self, frame: PendingFrame, regions: Sequence[Xyxy]) -> list[Xyxy]:
        """Track all lines into the next frame; returns the areas in which detection should run.

        regions: boxes of the frame's text detections.
        """
        for track in self._tracks:
            track.advance(frame, regions)
        due = [track for track in self._tracks if track.is_due]
        if len(due) >= MANY:
            _try_scroll(due, frame)
            due = [track for track in due if track.is_due]
        if len(due) >= MANY and 2 * len(due) >= len(self._tracks):
            areas = [track.line.box.xyxy for track in due]
        else:
            areas = []
            for track in due:
                track.verify()
        for track in self._tracks:
            areas += [track.search_area] if track.search_area is not None else []
            track.search_area = None
        self._drop_ended()
        return areas

    def associate(self, found: Sequence[LineBox], frame: PendingFrame) -> bool:
        """Associate the lines detected in the last frame; returns whether any of them is new."""
        before = list(self._tracks)
        certain = [box for box in found if not box.faint]
        for box in sorted(found, key=lambda box: (box.faint, box.xyxy[1], box.xyxy[0])):
            self._associate(box, frame, certain)
        found_new = any(track not in before for track in self._tracks)
        for track in self._tracks:
            track.verify()
        self._drop_ended()
        return found_new

    def _associate(self, box: LineBox, frame: PendingFrame, found: Sequence[LineBox]) -> None:
        near = [t for t in self._tracks if overlap(t.line.box.xyxy, box.xyxy) > 0.5]
        if box.faint and near:
            return
        # Slanting and tightly set lines overlap, so a track belongs to the box that fits it best.
        same = [t for t in near if _best_match(found, t.line.box) is box]
        is_whole = not touches_side(box, frame.kept.resolution_wh[0])
        has_entered = is_whole and any(track.line.is_cut for track in same)
        is_known = bool(same) and not has_entered and not _is_wider(box, [t.line.box for t in same])
        for track in same if is_whole else ():
            track.line.is_cut = False
        if is_known and not any(track.is_unverified for track in same):
            if same[0].line.is_moving and _has_drifted(same[0].line.box, box):
                same[0].line.refresh_appearance(box, frame.kept.grey)
            return
        reading = read_line(self._engine, frame.kept, box)
        if any(contains(t.line.content.text, reading.text) for t in near if t not in same):
            return  # a part of that line
        for track in same:
            if is_known or not track.has_same_text(reading):
                # The reading of a box around several lines verifies none of them.
                track.verify(reading if len(same) == 1 else None)
        same = [track for track in same if not track.ended]
        is_more = len(reading.text) > sum(len(t.line.content.text) for t in same)
        if not reading.text or (same and (is_known or not is_more)):
            return
        moved = None if same else self._moved_track(reading, box, found)
        if moved is not None:
            moved.relocate(box, frame)
            self._track_backwards(moved.line)
            return
        self._start_track(reading, box, frame, replaced=same)

    def _start_track(
        self, reading: LineReading, box: LineBox, frame: PendingFrame, replaced: list[Track]
    ) -> None:
        content = self._recent_content(reading, box) or Content()
        content.vote(reading.text, reading.confidence)
        line = Line.detected(box, content, frame.kept.grey)
        line.is_cut = touches_side(line.box, frame.kept.resolution_wh[0])
        self._tracks = [t for t in self._tracks if t not in replaced and not t.ended]
        frame.lines[content] = line.box
        self._track_backwards(line)
        for pending in self._pending:
            if content in pending.lines:
                for old in replaced:
                    pending.lines.pop(old.line.content, None)
        self._tracks.append(Track(line, frame, self._engine))

    def _moved_track(
        self, reading: LineReading, box: LineBox, found: Sequence[LineBox]
    ) -> Track | None:
        """A track nearby with this text, where nothing was detected."""
        for track in self._tracks:
            if _may_be_same_line(track.line, reading, box) and not _is_among(track.line.box, found):
                return track
        return None

    def _recent_content(self, reading: LineReading, box: LineBox) -> Content | None:
        """The content of a track that was lost a moment ago and is detected again."""
        for line in self._ended:
            if _may_be_same_line(line, reading, box):
                return line.content
        return None

    def _track_backwards(self, line: Line) -> None:
        """Track the line back through the pending frames."""
        back = line.reversed(self._median_velocity())
        track = Track(back, self._pending[-1], self._engine, backwards=True)
        for number, frame in enumerate(reversed(self._pending[:-1])):
            if number == 1:
                dx, dy = back.velocity
                line.velocity = -dx, -dy
            if track.ended or _is_occupied(frame, back):
                break
            track.advance(frame)
            if track.is_due:
                track.verify()
        track.verify()

    def _median_velocity(self) -> tuple[float, float]:
        """Pixels a frame; a new line is expected to move like the others."""
        velocities = sorted(track.line.velocity for track in self._tracks)
        return velocities[len(velocities) // 2] if velocities else (0.0, 0.0)

    def drop_missed(self, found: Sequence[LineBox], frame: PendingFrame) -> None:
        """Read lines that were not detected again; drop those that are gone."""
        for track in list(self._tracks):
            line = track.line
            is_found = _is_among(line.box, found)
            line.missed = 0 if is_found else line.missed + 1
            if line.missed == 0 or (line.content.count > 1 and line.missed < 2):
                continue
            reading = read_line(self._engine, frame.kept, line.box)
            if similarity(reading.text, line.content.text) < 0.7:
                self._tracks.remove(track)
                frame.lines.pop(line.content, None)

    def reread_doubtful(self) -> None:
        """Collect more votes for doubtful texts, from frames spread over the pending ones."""
        places: dict[Content, dict[KeptFrame, LineBox]] = {}
        for pending in self._pending:
            for content, box in pending.lines.items():
                if not content.final and content.confidence < DOUBTFUL:
                    places.setdefault(content, {})[pending.kept] = box
        for content, seen in places.items():
            frames = list(seen.items())
            more = min(MOST_READINGS - content.count, len(frames))
            for number in range(more):
                kept, box = frames[(2 * number + 1) * len(frames) // (2 * more)]
                reading = read_line(self._engine, kept, box)
                content.vote(reading.text, reading.confidence)
        self._ended = []

    def _drop_ended(self) -> None:
        self._ended += [track.line for track in self._tracks if track.ended]
        self._tracks = [track for track in self._tracks if not track.ended]


def _best_match(found: Sequence[LineBox], box: LineBox) -> LineBox:
    return max(found, key=lambda other: iou(other.xyxy, box.xyxy))


def _is_among(box: LineBox, found: Sequence[LineBox]) -> bool:
    return any(overlap(box.xyxy, other.xyxy) > 0.5 for other in found)


def _is_wider(box: LineBox, known: list[LineBox]) -> bool:
    """Whether a detected line extends beyond the known ones in its place."""
    left, right = min(k.xyxy[0] for k in known), max(k.xyxy[2] for k in known)
    more = WIDER * min(box.size_wh[1], *(k.size_wh[1] for k in known))
    return box.xyxy[0] < left - more or box.xyxy[2] > right + more


def _try_scroll(due: list[Track], frame: PendingFrame) -> None:
    """Lines that change all at once may have moved together, as when a terminal scrolls."""
    some = due[:: max(1, len(due) // 4)]
    offsets = [track.line.scroll_offset(frame.kept.grey) for track in some]
    found = Counter(offset for offset in offsets if offset is not None and offset != (0, 0))
    for offset, _ in found.most_common(1):
        for track in due:
            track.try_scroll(offset)


def _has_drifted(tracked: LineBox, found: LineBox) -> bool:
    """Whether a tracked box no longer fits the line."""
    wide, high = (a / b for a, b in zip(tracked.size_wh, found.size_wh, strict=True))
    return not (
        is_near(tracked, found, 0.15 * found.size_wh[1])
        and 0.93 < wide < 1.07
        and 0.85 < high < 1.2
        and abs(tracked.degrees - found.degrees) < 1.5
    )


def _may_be_same_line(line: Line, reading: LineReading, box: LineBox) -> bool:
    """Whether a line with this text may have moved to the box since it was lost."""
    width, height = map(max, zip(line.box.size_wh, box.size_wh, strict=True))
    return (
        0.6 < line.box.size_wh[1] / box.size_wh[1] < 1.7
        and is_near(line.box, box, max(2 * height, width))
        and is_same_text(reading.text, line.content.text, reading.confidence)
    )


def _is_occupied(frame: PendingFrame, line: Line) -> bool:
    """Whether the frame already has this line, or another one in its place."""
    for content, box in frame.lines.items():
        alike = similarity(content.text, line.content.text)
        common = overlap(box.xyxy, line.box.xyxy)
        if common > 0.6 and alike < SIMILAR and content is not line.content:
            return True
        if common > 0.2 and alike == 1.0:
            return True
    return False
