"""What the page of a job knows of its video."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from dataclasses import dataclass, field
from datetime import timedelta

from pipeline.video.facts import VideoFacts

FORMATS = {
    "h264": "H.264",
    "hevc": "H.265",
    "vp9": "VP9",
    "av1": "AV1",
    "mpeg4": "MPEG-4",
    "mpeg2video": "MPEG-2",
    "mjpeg": "Motion JPEG",
    "prores": "ProRes",
}


@dataclass(frozen=True)
class ShownVideo:
    """times: seconds at which each frame is shown; empty if they are not known.

    decodable: whether there can be pictures of it.
    """

    facts: VideoFacts
    decodable: bool
    times: array[float] = field(default_factory=lambda: array("d"))

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the first frame in pixels."""
        return self.facts.size_of(0)

    @property
    def fps(self) -> float | None:
        """Frames a second on average; None if it is not known how long the video lasts."""
        return self.facts.frames / self.facts.duration_s if self.facts.duration_s > 0 else None

    @property
    def format(self) -> str:
        """The name of the format, FFmpeg's if there is no better one."""
        return FORMATS.get(self.facts.codec, self.facts.codec)

    @property
    def duration(self) -> timedelta:
        return timedelta(seconds=self.facts.duration_s)

    def seconds(self, frame: int) -> float | None:
        """When a frame is shown; evenly spaced where the times are not known.

        The frame behind the last one is the end of the video.
        """
        if self.times and frame >= len(self.times):
            return self.times[0] + self.facts.duration_s
        if self.times:
            return self.times[frame]
        return frame / self.fps if self.fps else None

    def frame_after(self, frame: int, seconds: float) -> int | None:
        """The frame that is shown so much later, or earlier: the next one at least.

        None if the video does not tell.
        """
        here = self.seconds(frame)
        if here is None:
            return None
        if self.times:
            found = bisect_left(self.times, here + seconds - 1e-6)
        else:
            found = round((here + seconds) * (self.fps or 0))
        return max(found, frame + 1) if seconds > 0 else min(found, frame - 1)
