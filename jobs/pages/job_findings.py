"""What was found in the video of a completed job, as its page shows it."""

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
from jobs.pages.job_pictures import COLOURS, Shown, clock_time
from jobs.pages.job_results import FrameFound, frame_found


@dataclass(frozen=True)
class Findings:
    """`video` is None if nothing is known of it. `asked` is the frame to show large, if any."""

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
        """The frame that is asked for, else the moment in which most was read and detected."""
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
        """Ways from the large frame to others: what the link says, and the frame."""
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
        """When a frame is shown; its number where the video does not tell."""
        seconds = self.video.seconds(frame) if self.video else None
        return f"frame {frame}" if seconds is None else clock_time(seconds)

    def _away(self, frame: int, seconds: float) -> int:
        """The frame that is shown so much later; 25 frames a second if the video does not tell."""
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
