"""What a video is, as far as it is known. Imports no vendor library."""

from bisect import bisect_right
from dataclasses import asdict, dataclass
from typing import Any, Self

# A hostile video changes its size in each frame.
MOST_SIZES = 100


@dataclass(frozen=True)
class VideoFacts:
    """sizes: (first frame, width, height) of each stretch of upright frames of one size, in coded
    pixels. pixel_aspect: width of a pixel divided by its height, as a player shows it. frames: that
    a player shows; duration_s: from the first frame to the end of the last; 0 if not known. codec:
    FFmpeg's name of it, such as "h264".
    """

    sizes: tuple[tuple[int, int, int], ...]
    pixel_aspect: float
    frames: int
    duration_s: float
    codec: str

    def size_of(self, frame: int) -> tuple[int, int]:
        """Width and height of a frame in pixels."""
        at = bisect_right(self.sizes, frame, key=lambda size: size[0])
        return self.sizes[max(0, at - 1)][1:]

    def shown_size_of(self, frame: int) -> tuple[int, int]:
        """Width and height at which a player shows a frame: its pixels made square."""
        width, height = self.size_of(frame)
        return max(1, round(width * self.pixel_aspect)), height

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Self:
        """Raises KeyError, TypeError or ValueError for anything that `as_json` did not give."""
        sizes = tuple(
            (int(first), int(width), int(height)) for first, width, height in value["sizes"]
        )
        if not sizes:
            raise ValueError("no size")
        return cls(
            sizes=sizes,
            pixel_aspect=float(value["pixel_aspect"]),
            frames=int(value["frames"]),
            duration_s=float(value["duration_s"]),
            codec=str(value["codec"]),
        )
