"""Which frames of a video to show: one candidate per bucket (see job_digest), scored.

A frame scores if a class is detected for the first time, if lines of text appear, and by its number
of detections.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from jobs.pages.job_texts import TextLine

FIRST_CLASS = 3.0
TEXT_APPEARS = 1.5
MORE_LINES = 0.25  # for each line beyond the first, up to MAX_MORE
MAX_MORE = 4


@dataclass(frozen=True, slots=True)
class Moment:
    """A frame and why it is shown."""

    frame: int
    reason: str


@dataclass(slots=True)
class Candidate:
    """The frame of a bucket that may be shown, and what happens in the bucket."""

    frame: int
    detections: int
    classes: list[str] = field(default_factory=list)
    lines: int = 0

    def score(self, most: int) -> float:
        """Higher where more happens; `most` is the largest number of detections in a frame."""
        score = self.detections / most if most else 0.0
        score += FIRST_CLASS * len(self.classes)
        if self.lines:
            score += TEXT_APPEARS + MORE_LINES * min(self.lines - 1, MAX_MORE)
        return score

    def reason(self) -> str:
        if self.classes:
            return f"first {', '.join(self.classes)}"
        if self.lines:
            return "new text"
        if self.detections:
            return f"{self.detections} detection{'s' if self.detections > 1 else ''}"
        return "nothing found"


def candidates(
    busiest: list[tuple[int, int]],
    first_seen: dict[str, int],
    lines: Iterable[TextLine],
    bucket: int,
) -> list[Candidate]:
    """One candidate for each bucket of `bucket` frames.

    busiest: the frame of each bucket with the most detections, and their number. first_seen: the
    first frame of each class. Where several things appear, the frame of the last one shows all.
    """
    found = [Candidate(frame, detections) for frame, detections in busiest]
    appear: dict[int, int] = {}
    for label, frame in sorted(first_seen.items(), key=lambda item: item[1]):
        found[frame // bucket].classes.append(label)
        appear[frame // bucket] = max(frame, appear.get(frame // bucket, 0))
    for line in lines:
        for first, last in line.spans:
            if last > first:  # a single frame is noise
                found[first // bucket].lines += 1
                appear[first // bucket] = max(first, appear.get(first // bucket, 0))
    for number, frame in appear.items():
        found[number].frame = frame
    return found


def choose(found: list[Candidate], count: int, frames: int) -> list[Moment]:
    """At most `count` moments in the order of the video, spread over its `frames` frames.

    Greedy by score; moments keep two thirds of an even spread apart. Ties go to the candidate
    farthest from those chosen, then to the earlier one.
    """
    most = max((candidate.detections for candidate in found), default=0)
    distance = frames / count * 2 / 3
    chosen: list[Candidate] = []
    left = list(found)
    while left and len(chosen) < count:
        best = max(left, key=lambda c: (c.score(most), _nearest(c, chosen), -c.frame))
        chosen.append(best)
        left = [c for c in left if abs(c.frame - best.frame) >= max(distance, 1)]
    return [Moment(c.frame, c.reason()) for c in sorted(chosen, key=lambda c: c.frame)]


def _nearest(candidate: Candidate, chosen: list[Candidate]) -> int:
    return min((abs(candidate.frame - other.frame) for other in chosen), default=0)
