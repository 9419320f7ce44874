"""What the page of a completed job shows: lines of text, moments, and counts over time."""

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

# The script of the page asks for all of them at once.
MAX_ROWS = 500
TICKS = 6
# Of the chart, in SVG units; it is stretched to the page.
WIDTH, HEIGHT = 1000, 40


@dataclass(frozen=True, slots=True)
class At:
    """A time of the video: as words, and in seconds if they are known."""

    words: str
    seconds: str | None


@dataclass(frozen=True, slots=True)
class Row:
    start: At
    end: At
    text: str


@dataclass(frozen=True, slots=True)
class ShownMoment:
    number: int
    at: At
    reason: str
    text: str


@dataclass(frozen=True, slots=True)
class Lane:
    """path: outline of an area, highest where most detections of the class are."""

    label: str
    total: int
    path: str


@dataclass(frozen=True)
class Findings:
    """video: what the player draws boxes by, as JSON; None if the times of frames are not known."""

    digest: Digest
    video: str | None
    rows: list[Row]
    moments: list[ShownMoment]
    ticks: list[At]
    lanes: list[Lane]

    @property
    def rows_left(self) -> int:
        """Lines that are not among the rows of this page."""
        return len(self.digest.lines) - len(self.rows)


def findings_of(
    job: JobRecord, record: RunRecord | None, times: array[float], *, all_rows: bool
) -> Findings:
    """Raises ResultsNotAvailable."""
    digest, _ = digest_and_index(job, times)

    def at(value: float) -> At:
        if digest.timed:
            return At(clock_time(value), str(value))
        return At(f"frame {value:.0f}", None)

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
    """Colours are the numbers of the classes in the order of the chart."""
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
    """A step for each bucket; the last bucket may be shorter."""
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
