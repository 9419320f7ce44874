"""A video as the pages see it: its facts, and any frame of it.

Frames are counted as the pipeline counts them. A frame far away is sought by its time, which the
index tells, and taken only if the decoder says that it is shown at exactly that time; where the
index does not tell, the video is decoded from where the last request left it.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.config import PipelineConfig
from pipeline.exceptions import PipelineError, UnreadableVideo, VideoTooLarge
from pipeline.mp4_index import read_video_index
from pipeline.mp4_times import Seconds, frame_times
from pipeline.video import Frame, VideoReader, open_capture

# So many frames are decoded sooner than a seek decodes the way from a key frame.
NEAR = 48
# The decoder's clock has microseconds or better; frames closer than twice this are no use to seek.
EXACT_S = 0.0005
# Frames before the wanted one to begin at: where frames are unevenly spaced the first is too late.
MARGINS = (8, 32, 128, 512)
CLOCK_POINTS = 65
QUALITY = 80


class TooFar(PipelineError):
    """This frame is too far into the video to be decoded on request. Try again in a while."""


class VideoSource:
    """An open video; `close` it. Raises PipelineError when it is made.

    frames: how many the results tell of, None if there are none. The times of the index count
    only if it tells of as many.
    """

    def __init__(self, path: Path, config: PipelineConfig, frames: int | None) -> None:
        VideoReader(path, config)  # checks the limits before a decoder sees the file
        self._path = path
        self._max_pixels = config.max_pixels
        self._times = _usable(frame_times(path, config.max_frames), frames)
        self._stack = ExitStack()
        self._open()

    def close(self) -> None:
        self._stack.close()

    def size(self) -> tuple[int, int]:
        """Width and height of a frame as a viewer sees it."""
        height, width = self._frame().shape[:2]
        return width, height

    def clock(self) -> list[tuple[int, float]] | None:
        """(frame, seconds) of at most CLOCK_POINTS frames, the first and the last among them."""
        if self._times is None:
            return None
        last = len(self._times) - 1
        points = {round(last * at / (CLOCK_POINTS - 1)) for at in range(CLOCK_POINTS)}
        return [(point, round(float(self._times[point]), 4)) for point in sorted(points)]

    def frames(
        self, index: int, passing: Collection[int], deadline: float
    ) -> Iterator[tuple[int, Frame]]:
        """Yield frame `index` last, before it those of `passing` that the way leads past.

        deadline: on the monotonic clock. Raises TooFar, UnreadableVideo or VideoTooLarge.
        """
        if not 0 <= index - self._at <= NEAR and self._seek(index, deadline):
            yield index, self._frame()
            return
        if index < self._at:
            self._open()
        while True:
            if self._at == index or self._at in passing:
                yield self._at, self._frame()
            if self._at == index:
                return
            if time.monotonic() > deadline:
                raise TooFar
            if not self._capture.grab():
                self._open()
                raise UnreadableVideo("The video ends before this frame.")
            self._at += 1

    def _open(self) -> None:
        """From the start, with frame 0 as the current one."""
        self._stack.close()
        self._capture: Any = self._stack.enter_context(open_capture(self._path))
        if not self._capture.grab():
            raise UnreadableVideo("No frame of the video can be decoded.")
        self._at = 0
        self._start_s = self._now_s()

    def _now_s(self) -> float:
        import cv2

        return float(self._capture.get(cv2.CAP_PROP_POS_MSEC)) / 1000

    def _frame(self) -> Frame:
        readable, frame = self._capture.retrieve()
        if not readable:
            raise UnreadableVideo("This frame cannot be decoded.")
        if frame.shape[0] * frame.shape[1] > self._max_pixels:
            raise VideoTooLarge
        return np.asarray(frame, dtype=np.uint8)

    def _seek(self, index: int, deadline: float) -> bool:
        """Make `index` the current frame, or open the video anew and say False."""
        import cv2

        if self._times is None or index >= len(self._times):
            return False
        wanted_s = self._start_s + float(self._times[index])
        fps = float(self._capture.get(cv2.CAP_PROP_FPS))
        for margin in MARGINS:
            start = wanted_s * fps - margin
            if not 1 <= start < 1e9:
                break
            self._capture.set(cv2.CAP_PROP_POS_FRAMES, int(start))
            if self._reach(wanted_s, deadline):
                self._at = index
                return True
        self._open()
        return False

    def _reach(self, wanted_s: float, deadline: float) -> bool:
        while self._capture.grab():
            late_s = self._now_s() - wanted_s
            if late_s >= -EXACT_S:
                return late_s <= EXACT_S
            if time.monotonic() > deadline:
                self._open()
                raise TooFar
        return False


def video_facts(path: Path, config: PipelineConfig, decode: bool) -> dict[str, Any]:
    """What facts.VideoFacts holds, as the index declares it. Raises PipelineError.

    decode: open the video too, for the size of its frames as a viewer sees them.
    """
    index = read_video_index(path, config.max_frames)
    facts: dict[str, Any] = {
        "width": index.width,
        "height": index.height,
        "frames": index.frames,
        "duration_s": round(index.duration_s, 4),
        "codec": index.codec,
        "clock": None,
        "decodable": decode,
    }
    if decode:
        source = VideoSource(path, config, None)
        try:
            facts["width"], facts["height"] = source.size()
            facts["clock"] = source.clock()
        finally:
            source.close()
    return facts


def picture(frame: Frame, side: int) -> bytes:
    """The frame as a JPEG of at most `side` pixels on its longer side, never enlarged."""
    import cv2

    height, width = frame.shape[:2]
    scale = min(1.0, side / max(height, width))
    if scale < 1:
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        frame = cv2.resize(frame, size, interpolation=cv2.INTER_AREA)
    encoded: Any = cv2.imencode(".jpg", frame, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])[1]
    return bytes(encoded.tobytes())


def _usable(times: Seconds | None, frames: int | None) -> Seconds | None:
    """The times if they are those of the frames that were read and tell them apart."""
    if times is None or (frames is not None and len(times) != frames):
        return None
    spaces = times[1:] - times[:-1]
    return times if spaces.size == 0 or float(spaces.min()) > 2 * EXACT_S else None
