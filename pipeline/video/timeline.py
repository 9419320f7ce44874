"""When each frame of a video is shown, where it has not been decoded for its results."""

import sys
from array import array
from dataclasses import dataclass
from pathlib import Path

from pipeline.config import PipelineConfig
from pipeline.video.reader import VideoReader


@dataclass(frozen=True)
class Timeline:
    """times: seconds at which each frame is shown. unreadable: packets that cannot be decoded."""

    times: "array[float]"
    unreadable: int


def read_timeline(path: Path, config: PipelineConfig, frames: int) -> Timeline:
    """Of a video of which `frames` frames are known to be shown. Raises PipelineError.

    The packets tell; the video is decoded only if they are not as many.
    """
    reader = VideoReader(path, config)
    times = reader.packet_times()
    if len(times) == frames:
        return Timeline(times, 0)
    for _ in reader.frames(stride=sys.maxsize):
        pass
    return Timeline(reader.times, reader.unreadable)
