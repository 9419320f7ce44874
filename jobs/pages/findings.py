"""The results on the page of a completed job: lines of text, moments, counts over time."""

from __future__ import annotations

import json
from array import array
from dataclasses import dataclass
from typing import Any

from jobs.models import JobRecord
from jobs.pages.stored import digest_and_index
from jobs.run_record import RunRecord
from pipeline.digest.file import ClassCount, Digest
from pipeline.formats import clock_time

# More rows are fetched at once by the page's script.
MAX_ROWS = 500
TICKS = 6
# Size of the chart in SVG units; it is stretched to the page.
WIDTH, HEIGHT = 1000, 40


@dataclass(frozen=True, slots=True)
class VideoTime:
    """A time of the video as text, and in seconds if known."""

    words: str
    seconds: str | None


@dataclass(frozen=True, slots=True)
class Row:
    start: VideoTime
    end: VideoTime
    text: str


@dataclass(frozen=True, slots=True)
class ShownMoment:
    number: int
    at: VideoTime
    reason: str
    text: str


@dataclass(frozen=True, slots=True)
class Lane:
    """The detections of a class over time. path: SVG outline of the area."""

    label: str
    total: int
    path: str


@dataclass(frozen=True)
class Findings:
    """video: JSON that the player needs to draw boxes; None if frame times are unknown."""

    digest: Digest
    video: str | None
    rows: list[Row]
    moments: list[ShownMoment]
    ticks: list[VideoTime]
    lanes: list[Lane]

    @property
    def rows_left(self) -> int:
        """The number of lines not shown on this page."""
        return len(self.digest.lines) - len(self.rows)


def findings_of(
    job: JobRecord, record: RunRecord | None, times: array[float], *, all_rows: bool
) -> Findings:
    """Raises ResultsNotAvailable."""
    digest, _ = digest_and_index(job, times)

    def at(value: float) -> VideoTime:
        if digest.timed:
            return VideoTime(clock_time(value), str(value))
        return VideoTime(f"frame {value:.0f}", None)

    lines = digest.lines if all_rows else digest.lines[:MAX_ROWS]
    last = max(0, digest.frames - 1)
    frames = sorted({round(last * number / (TICKS - 1)) for number in range(TICKS)})
    moments = digest.moments[: digest.stills] if digest.stills else []
    return Findings(
        digest=digest,
        video=_video(record, digest) if times else None,
        rows=[Row(at(line.start), at(line.end), line.text) for line in lines],
        moments=[ShownMoment(n, at(m.at), m.reason, m.text) for n, m in enumerate(moments)],
        ticks=[
            at(round(times[min(frame, len(times) - 1)], 3) if times else frame) for frame in frames
        ],
        lanes=[_lane(count, digest) for count in digest.classes],
    )


def _video(record: RunRecord | None, digest: Digest) -> str | None:
    """A colour is the index of the class in the chart."""
    if record is None or record.video is None:
        return None
    facts: dict[str, Any] = {
        "sizes": record.video.sizes,
        "aspect": record.video.pixel_aspect,
        "frames": digest.frames,
        "colours": {count.label: number for number, count in enumerate(digest.classes)},
    }
    return json.dumps(facts)


def _lane(count: ClassCount, digest: Digest) -> Lane:
    """One step per bucket; the last bucket may be shorter."""
    path, most, height = [f"M0 {HEIGHT}"], max(count.counts, default=0), -1.0
    for number, value in enumerate(count.counts):
        y = round(HEIGHT - (value / most if most else 0.0) * (HEIGHT - 2), 1)
        end = min((number + 1) * digest.bucket, digest.frames) / digest.frames * WIDTH
        if y == height:
            path.pop()
        else:
            path.append(f"V{y:g}")
        path.append(f"H{end:.1f}")
        height = y
    return Lane(count.label, count.total, " ".join([*path, f"V{HEIGHT}", "Z"]))
