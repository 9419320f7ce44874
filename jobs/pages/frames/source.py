"""Any frame of a video as a picture, for the pages.

Frames are counted as the pipeline counts them. A frame far away is sought by its time; without
times, or where seeking misses it, the video is decoded from where the last request left it.
"""

from __future__ import annotations

import time
from array import array
from bisect import bisect_left
from collections.abc import Collection, Generator, Iterator
from pathlib import Path
from typing import Any

from pipeline.config import PipelineConfig
from pipeline.exceptions import PipelineError, UnreadableVideo
from pipeline.video.facts import VideoFacts
from pipeline.video.frame import Frame, Image
from pipeline.video.reader import VideoReader

# So many frames are decoded sooner than a seek decodes the way from a key frame.
NEAR = 48
# Seeking goes by decoding time; frames are shown up to some frames later than they are decoded.
MARGINS_S = (0.5, 5.0)
CLOSE_S = 1e-4
QUALITY = 80


class TooFar(PipelineError):
    """This frame is too far into the video to be decoded on request. Try again in a while."""


class VideoSource:
    """A video that is read for pages; `close` it. Raises PipelineError when it is made.

    times: seconds at which each of its frames is shown; empty if they are not known.
    """

    def __init__(self, path: Path, config: PipelineConfig, times: array[float]) -> None:
        self._reader = VideoReader(path, config)
        self._times = times
        self._frames: Generator[Frame] = self._reader.frames()
        self._next = 0

    def close(self) -> None:
        self._frames.close()

    def frames(
        self, index: int, passing: Collection[int], deadline: float
    ) -> Iterator[tuple[int, Image]]:
        """Yield frame `index` last, before it those of `passing` that the way leads past.

        deadline: on the monotonic clock. Raises TooFar, UnreadableVideo or VideoTooLarge.
        """
        if not 0 <= index - self._next <= NEAR and not self._seek(index) and index < self._next:
            self._start(0.0, 0)
        for frame in self._frames:
            at, self._next = self._next, self._next + 1
            if at == index or at in passing:
                yield at, frame.image
            if at == index:
                return
            if time.monotonic() > deadline:
                raise TooFar
        self._start(0.0, 0)
        raise UnreadableVideo("The video ends before this frame.")

    def _seek(self, index: int) -> bool:
        """Continue at the last key frame before a frame; False if it cannot be found."""
        if index >= len(self._times):
            return False
        for margin_s in MARGINS_S:
            start_s = self._times[index] - margin_s
            if start_s <= 0:
                break
            self._start(start_s, 0)
            first = next(self._frames, None)
            found = None if first is None else self._index_at(first.time_s)
            if found is not None and found <= index:
                self._start(start_s, found)
                return True
        self._start(0.0, 0)
        return True

    def _index_at(self, time_s: float) -> int | None:
        """The frame that is shown at this time."""
        found = bisect_left(self._times, time_s - CLOSE_S)
        close = found < len(self._times) and abs(self._times[found] - time_s) <= CLOSE_S
        return found if close else None

    def _start(self, start_s: float, index: int) -> None:
        """Decode from a time on; the first frame is `index`."""
        self._frames.close()
        self._frames = self._reader.frames(start_s=start_s)
        self._next = index


def video_facts(path: Path, config: PipelineConfig, decode: bool) -> VideoFacts:
    """What the file says of itself. Raises PipelineError.

    decode: look at the first frame too, for the size at which a player shows it.
    """
    reader = VideoReader(path, config)
    declared = reader.facts
    if not decode:
        return declared
    next(reader.frames())
    return VideoFacts(
        sizes=reader.facts.sizes,
        pixel_aspect=reader.facts.pixel_aspect,
        frames=declared.frames,
        duration_s=declared.duration_s,
        codec=declared.codec,
    )


def picture(image: Image, side: int, pixel_aspect: float = 1.0) -> bytes:
    """The image as a JPEG of at most `side` pixels on its longer side, never enlarged.

    Pixels that are not square are made square, as a player shows them.
    """
    import cv2

    height, width = image.shape[0], image.shape[1] * pixel_aspect
    scale = min(1.0, side / max(height, width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    if size != (image.shape[1], image.shape[0]):
        image = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    encoded: Any = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])[1]
    return bytes(encoded.tobytes())
