"""A summary of a job's results for its page.

Frames are counted in a fixed number of buckets, so an hour's digest is as small as a minute's.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, BinaryIO, Self

from jobs.pages.job_moments import Moment, candidates, choose
from jobs.pages.job_results import FrameFound, count_lines, result_lines
from jobs.pages.job_texts import TextLine, TextTracker

VERSION = 1
BUCKETS = 240
MOMENTS = 10
MAX_CLASSES = 8
MAX_TEXT_LINES = 24
MAX_LOOKED_AT = 500  # lines of text in the search for moments
MAX_TRACKED_CLASSES = 1_000
OTHER = "other classes"
# JSON is parsed at about 20 MB a second: of larger results only every n-th frame is read.
MAX_PARSED_BYTES = 24 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class ClassCount:
    """Detections of a class; `per_frame` is the mean number per frame in each bucket."""

    label: str
    total: int
    per_frame: list[float]


@dataclass(frozen=True, slots=True)
class Digest:
    """frames: in the results. step: every step-th was read. bucket: frames in a bucket.

    offsets: byte offset of each bucket. texts: the lines with the most frames. text_lines: how
    many different lines were read.
    """

    frames: int
    step: int
    bucket: int
    detections: int
    offsets: list[int]
    classes: list[ClassCount]
    texts: list[TextLine]
    text_lines: int
    moments: list[Moment]

    def as_json(self) -> dict[str, Any]:
        return {"version": VERSION, **asdict(self)}

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Self:
        """KeyError, TypeError or ValueError for anything that `as_json` did not give."""
        fields = dict(value)
        if fields.pop("version") != VERSION:
            raise ValueError("a digest of another version")
        fields["classes"] = [ClassCount(**item) for item in fields["classes"]]
        fields["moments"] = [Moment(**item) for item in fields["moments"]]
        fields["texts"] = [
            TextLine(item["text"], item["frames"], [(a, b) for a, b in item["spans"]])
            for item in fields["texts"]
        ]
        return cls(**fields)


def digest_results(results: Path, gap: int) -> Digest:
    """Read a results file; `gap` is how many frames a line of text may be missed (TextTracker)."""
    step = max(1, -(-results.stat().st_size // MAX_PARSED_BYTES))
    with results.open("rb") as file:
        frames = count_lines(file)
        bucket = step * max(1, -(-frames // (BUCKETS * step)))
        return _Counter(step, bucket, max(gap, 2 * step)).run(file, frames)


class _Counter:
    """A bucket holds a multiple of `step` frames, so each starts with a frame that is read."""

    def __init__(self, step: int, bucket: int, gap: int) -> None:
        self._step = step
        self._bucket = bucket
        self._texts = TextTracker(gap)
        self._offsets: list[int] = []
        self._read: list[int] = []  # frames read in each bucket
        self._busiest: list[tuple[int, int]] = []
        self._counts: dict[str, dict[int, int]] = {}  # class: bucket: detections
        self._first_seen: dict[str, int] = {}

    def run(self, file: BinaryIO, frames: int) -> Digest:
        for line in result_lines(file, self._step):
            number = line.number // self._bucket
            if number == len(self._offsets):
                self._offsets.append(line.offset)
                self._read.append(0)
                self._busiest.append((line.number, 0))
            if line.found is not None:
                self._add(number, line.number, line.found)
            frames = max(frames, line.number + 1)
        lines = self._texts.longest(MAX_LOOKED_AT, 2 * self._step)
        found = candidates(self._busiest, self._first_seen, lines, self._bucket)
        return Digest(
            frames=frames,
            step=self._step,
            bucket=self._bucket,
            detections=sum(sum(buckets.values()) for buckets in self._counts.values()),
            offsets=self._offsets,
            classes=self._classes(),
            texts=self._texts.longest(MAX_TEXT_LINES, 2 * self._step),
            text_lines=len(self._texts),
            moments=choose(found, MOMENTS, frames),
        )

    def _add(self, number: int, frame: int, found: FrameFound) -> None:
        self._read[number] += 1
        if len(found.boxes) > self._busiest[number][1]:
            self._busiest[number] = (frame, len(found.boxes))
        for box in found.boxes:
            label = box.label
            if label not in self._counts and len(self._counts) >= MAX_TRACKED_CLASSES:
                label = OTHER
            self._first_seen.setdefault(label, frame)
            buckets = self._counts.setdefault(label, {})
            buckets[number] = buckets.get(number, 0) + 1
        self._texts.add(frame, found.lines())

    def _classes(self) -> list[ClassCount]:
        """The most common classes, and the rest as one."""
        totals = {label: sum(buckets.values()) for label, buckets in self._counts.items()}
        ranked = sorted(totals, key=lambda label: (-totals[label], label))
        shown = ranked if len(ranked) <= MAX_CLASSES else ranked[: MAX_CLASSES - 1]
        rest: dict[int, int] = {}
        for label in ranked[len(shown) :]:
            for number, count in self._counts[label].items():
                rest[number] = rest.get(number, 0) + count
        counted = [(label, self._counts[label]) for label in shown]
        counted += [(OTHER, rest)] if rest else []
        return [self._class_count(label, buckets) for label, buckets in counted]

    def _class_count(self, label: str, buckets: dict[int, int]) -> ClassCount:
        per_frame = [
            round(buckets.get(number, 0) / read, 3) if read else 0.0
            for number, read in enumerate(self._read)
        ]
        return ClassCount(label, sum(buckets.values()), per_frame)
