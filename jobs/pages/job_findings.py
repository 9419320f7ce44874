"""What the page of a completed job shows: frames with boxes over them, and a chart."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Self

from jobs.exceptions import JobsError
from jobs.models import JobRecord
from jobs.pages.frames.facts import ShownVideo
from jobs.pages.frames.service import PageReader
from jobs.pages.job_chart import Chart, chart, position
from jobs.pages.job_digest import Digest
from jobs.pages.job_results import Box, FrameFound, frame_found
from pipeline.video.facts import VideoFacts

MAX_BOXES = 300
MAX_LISTED = 3
COLOURS = 8


@dataclass(frozen=True, slots=True)
class DrawnBox:
    """A box over a picture, in its pixels as shown; `colour` is the number of its class."""

    x: float
    y: float
    width: float
    height: float
    label: str
    confidence: str
    colour: int
    label_y: float


@dataclass(frozen=True)
class Shown:
    """A frame on the page. `facts` is None where there is no picture of it."""

    frame: int
    time: str
    reason: str
    found: FrameFound | None
    facts: VideoFacts | None
    colours: dict[str, int]

    @property
    def boxes(self) -> list[DrawnBox]:
        """The most confident last, so they are drawn on top."""
        if self.facts is None:
            return []
        return [self._drawn(box) for box in reversed(self.detections[:MAX_BOXES])]

    @cached_property
    def detections(self) -> list[Box]:
        """The most confident first."""
        found = self.found.boxes if self.found else ()
        return sorted(found, key=lambda box: -box.confidence)

    @property
    def listed(self) -> str:
        """The most confident detections in a few words."""
        found = self.detections
        names = [f"{box.label} {box.confidence:.0%}" for box in found[:MAX_LISTED]]
        if len(found) > MAX_LISTED:
            names.append(f"{len(found) - MAX_LISTED} more")
        return ", ".join(names)

    @property
    def lines(self) -> int:
        """Lines of text."""
        return len(self.found.lines()) if self.found else 0

    @property
    def text(self) -> str:
        return self.found.text if self.found else ""

    @property
    def alt(self) -> str:
        """For screen readers."""
        count = len(self.detections)
        seen = f"{count} detection{'' if count == 1 else 's'}" if count else "nothing detected"
        return f"Frame {self.frame}, {self.time}: {seen}"

    @property
    def size(self) -> tuple[int, int]:
        """Width and height at which a player shows this frame."""
        return self.facts.shown_size_of(self.frame) if self.facts else (16, 9)

    @property
    def font_size(self) -> int:
        """Of the labels, in pixels of the picture."""
        return max(8, round(max(self.size) / 56))

    def _drawn(self, box: Box) -> DrawnBox:
        x1, y1, x2, y2 = box.bbox
        stretch = self.facts.pixel_aspect if self.facts else 1.0
        x1, x2 = round(x1 * stretch, 1), round(x2 * stretch, 1)
        above = y1 - self.font_size * 0.35
        return DrawnBox(
            x=x1,
            y=y1,
            width=round(x2 - x1, 1),
            height=round(y2 - y1, 1),
            label=box.label,
            confidence=f"{box.confidence:.0%}",
            colour=self.colours.get(box.label, COLOURS - 1),
            label_y=round(above if above > self.font_size else y1 + self.font_size * 1.1, 1),
        )


@dataclass(frozen=True)
class Findings:
    """`video` is None if nothing is known about it. `asked` is the frame to show large, if any."""

    digest: Digest
    results: Path
    video: ShownVideo | None
    asked: int | None

    @classmethod
    def of_job(
        cls, reader: PageReader, job: JobRecord, video: ShownVideo | None, asked: int | None
    ) -> Self | JobsError:
        """The findings, or why there are none."""
        try:
            return cls(reader.digest(job), reader.results(job), video, asked)
        except JobsError as error:
            return error

    @cached_property
    def moments(self) -> list[Shown]:
        return [self._shown(moment.frame, moment.reason) for moment in self.digest.moments]

    @cached_property
    def shown(self) -> Shown | None:
        """The requested frame, else the moment with the most text and detections."""
        if self.asked is not None and self.digest.frames:
            return self._shown(min(self.asked, self.digest.frames - 1), "")
        return max(
            self.moments, key=lambda shown: (shown.lines, len(shown.detections)), default=None
        )

    @cached_property
    def chart(self) -> Chart:
        return chart(self.digest, self.time)

    @property
    def now(self) -> float:
        """Where the large frame is on the axis of the chart."""
        return position(self.shown.frame, self.digest.frames) if self.shown else 0.0

    @property
    def steps(self) -> list[tuple[str, int]]:
        """Links from the large frame to others: label and frame."""
        if self.shown is None:
            return []
        here, last = self.shown.frame, self.digest.frames - 1
        ways = [
            ("Back 1 s", self._away(here, -1.0)),
            ("Previous frame", here - 1),
            ("Next frame", here + 1),
            ("Forward 1 s", self._away(here, 1.0)),
        ]
        return [(says, min(max(frame, 0), last)) for says, frame in ways]

    def time(self, frame: int) -> str:
        """When a frame is shown, or its number if the times are not known."""
        seconds = self.video.seconds(frame) if self.video else None
        return f"frame {frame}" if seconds is None else clock_time(seconds)

    def _away(self, frame: int, seconds: float) -> int:
        """The frame shown `seconds` later; assumes 25 frames a second if times are not known."""
        found = self.video.frame_after(frame, seconds) if self.video else None
        return frame + round(25 * seconds) if found is None else found

    def _shown(self, frame: int, reason: str) -> Shown:
        facts = self.video.facts if self.video and self.video.decodable else None
        return Shown(frame, self.time(frame), reason, self._found(frame), facts, self._colours)

    def _found(self, frame: int) -> FrameFound | None:
        bucket = frame // self.digest.bucket
        if bucket >= len(self.digest.offsets):
            return None
        return frame_found(self.results, frame, self.digest.offsets[bucket], self.digest.bucket)

    @cached_property
    def _colours(self) -> dict[str, int]:
        return {count.label: n % COLOURS for n, count in enumerate(self.digest.classes)}


def clock_time(seconds: float) -> str:
    """0:03.4, 12:07.0, 1:02:03."""
    tenths = round(max(0.0, seconds) * 10)
    minutes, rest = divmod(tenths, 600)
    if minutes >= 60:
        return f"{minutes // 60}:{minutes % 60:02}:{rest // 10:02}"
    return f"{minutes}:{rest // 10:02}.{rest % 10}"
