"""What a video is: its size, its length, its format, and when each frame is shown."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Self

FORMATS = {
    "avc1": "H.264",
    "avc3": "H.264",
    "hev1": "H.265",
    "hvc1": "H.265",
    "vp09": "VP9",
    "av01": "AV1",
    "mp4v": "MPEG-4",
}


@dataclass(frozen=True, slots=True)
class VideoFacts:
    """Pixels of a frame, frames, seconds, the four letters of the format.

    clock: (frame, seconds) of some frames in ascending order; None where the file does not tell.
    decodable: whether it was opened; width and height are those that a viewer sees then.
    """

    width: int
    height: int
    frames: int
    duration_s: float
    codec: str
    clock: list[tuple[int, float]] | None
    decodable: bool

    @property
    def fps(self) -> float | None:
        """Frames a second on average; None if the file does not tell how long it lasts."""
        return self.frames / self.duration_s if self.duration_s > 0 else None

    @property
    def format(self) -> str:
        """The name of the format, its four letters where there is none."""
        return FORMATS.get(self.codec, self.codec)

    @property
    def duration(self) -> timedelta:
        return timedelta(seconds=self.duration_s)

    def seconds(self, frame: int) -> float | None:
        """When a frame is shown, from the first one on."""
        if self.clock is None or len(self.clock) < 2:
            return frame / self.fps if self.fps else None
        at = min(max(bisect_right(self.clock, (frame, float("inf"))), 1), len(self.clock) - 1)
        (before, before_s), (after, after_s) = self.clock[at - 1], self.clock[at]
        return before_s + (after_s - before_s) * (frame - before) / (after - before)

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Self:
        """Raises KeyError, TypeError or ValueError for anything else."""
        clock = value["clock"]
        return cls(
            width=int(value["width"]),
            height=int(value["height"]),
            frames=int(value["frames"]),
            duration_s=float(value["duration_s"]),
            codec=str(value["codec"]),
            clock=None if clock is None else [(int(frame), float(s)) for frame, s in clock],
            decodable=bool(value["decodable"]),
        )
