"""Results of frames: validated values, and the writer of the results array.

{"frame_index": 0,
 "result": {"detections": [{"bbox": [1.0, 2.0, 30.5, 40.0], "class": "text",
                            "confidence": 0.93}],
            "text": "..."}}
"""

import json
import math
from array import array
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from pipeline.video.facts import VideoFacts

Xyxy = tuple[float, float, float, float]


@dataclass(frozen=True)
class Detection:
    """bbox: x1, y1, x2, y2 in pixels of the frame, origin top left, x1 < x2, y1 < y2, one decimal.

    confidence: 0 to 1, four decimals. Raises ValueError for anything else; `clipped` builds one
    from what a detector says.
    """

    bbox: Xyxy
    label: str
    confidence: float

    def __post_init__(self) -> None:
        x1, y1, x2, y2 = self.bbox
        if not (0 <= x1 < x2 and 0 <= y1 < y2 and math.isfinite(x2 + y2)):
            raise ValueError(f"bbox is {self.bbox}; needed is 0 <= x1 < x2 and 0 <= y1 < y2")
        if not 0 <= self.confidence <= 1:
            raise ValueError(f"confidence is {self.confidence}; needed is 0 to 1")

    @classmethod
    def clipped(
        cls, xyxy: Iterable[float], label: str, confidence: float, resolution_wh: tuple[int, int]
    ) -> "Detection | None":
        """Clip to a frame of resolution_wh pixels and round; None if nothing is left of the box."""
        width, height = resolution_wh
        bounds = (width, height, width, height)
        values = [float(value) for value in xyxy]
        if not all(map(math.isfinite, values)):
            return None
        x1, y1, x2, y2 = (
            round(min(max(value, 0.0), bound), 1)
            for value, bound in zip(values, bounds, strict=True)
        )
        if x1 >= x2 or y1 >= y2:
            return None
        return cls((x1, y1, x2, y2), label, round(min(max(float(confidence), 0.0), 1.0), 4))

    def as_json(self) -> dict[str, Any]:
        return {"bbox": list(self.bbox), "class": self.label, "confidence": self.confidence}


@dataclass(frozen=True)
class FrameResult:
    """What the tools found so far in one frame of resolution_wh (width, height) pixels.

    frame_index counts the frames of the source from 0. Raises ValueError for a box that leaves the
    frame.
    """

    frame_index: int
    resolution_wh: tuple[int, int]
    detections: tuple[Detection, ...] = ()
    text: str = ""

    def __post_init__(self) -> None:
        if self.frame_index < 0:
            raise ValueError(f"frame_index is {self.frame_index}; it counts from 0")
        width, height = self.resolution_wh
        for detection in self.detections:
            if detection.bbox[2] > width or detection.bbox[3] > height:
                raise ValueError(f"bbox {detection.bbox} leaves a frame of {width} x {height}")

    def as_json(self) -> dict[str, Any]:
        detections = [detection.as_json() for detection in self.detections]
        result = {"detections": detections, "text": self.text}
        return {"frame_index": self.frame_index, "result": result}


@dataclass(frozen=True)
class RunSummary:
    """frames: processed frames. detections: of all of them together. unreadable: frames that could
    not be decoded. times: seconds at which each frame of the video is shown, by its index. digest:
    the file of pipeline.digest, for the page of the job.
    """

    frames: int
    detections: int
    unreadable: int = 0
    video: VideoFacts | None = None
    times: "array[float]" = field(default_factory=lambda: array("d"))
    digest: bytes | None = field(default=None, repr=False)


def unreadable_frames(count: int) -> str:
    """How people are told of frames that could not be decoded."""
    return f"{count} frame{'' if count == 1 else 's'} could not be read"


def write_results(
    items: Iterable[dict[str, Any]],
    file: BinaryIO,
    written: Callable[[dict[str, Any], int], None] = lambda item, offset: None,
) -> RunSummary:
    """Write a JSON array, one line for each item, and keep no item.

    The same items always give the same bytes: sorted keys, fixed separators, UTF-8.

    written: told of each item and of the byte of the file at which it begins.
    """
    frames = detections = 0
    offset = file.write(b"[")
    for item in items:
        text = json.dumps(
            item, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
        )
        offset += file.write(b",\n" if frames else b"\n")
        written(item, offset)
        offset += file.write(text.encode())
        frames += 1
        detections += len(item["result"]["detections"])
    file.write(b"\n]\n")
    return RunSummary(frames, detections)
