"""Videos with known truth."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction
from pathlib import Path

import av

from pipeline.evaluation import moving, overlays
from pipeline.evaluation.drawing import FPS, Frame, Truth
from pipeline.evaluation.overlays import Shown

SCENARIOS: dict[str, Callable[[random.Random, int], Iterator[Shown]]] = {
    "news": overlays.news,
    "score": overlays.score,
    "subtitles": overlays.subtitles,
    "caption": overlays.caption,
    "camera": overlays.camera,
    "stopwatch": overlays.stopwatch,
    "slide": moving.slide,
    "terminal": moving.terminal,
    "credits": moving.credits,
    "ticker": moving.ticker,
    "sign": moving.sign,
    "nothing": moving.nothing,
}


def draw(scenario: str, seed: int, frames: int, crf: int, path: Path) -> Truth:
    """Write a video of a scenario to `path` and return the lines of each frame.

    The same seed gives the same video. crf: of H.264, 23 is its default, 32 a poor stream.
    """
    chance = random.Random(f"{scenario} {seed}")  # noqa: S311  # nosec B311 # no secret
    truth: Truth = []

    def pictures() -> Iterator[Frame]:
        for frame, lines in SCENARIOS[scenario](chance, frames):
            truth.append(lines)
            yield frame

    write_mp4(pictures(), path, crf)
    return truth


def write_mp4(frames: Iterable[Frame], path: Path, crf: int) -> Path:
    """Encode frames as H.264 in an MP4, FPS a second. Sides must be even."""
    with av.open(str(path), "w", format="mp4") as container:
        stream = None
        for picture in frames:
            if stream is None:
                stream = container.add_stream("libx264", FPS, options={"crf": str(crf)})
                stream.height, stream.width = picture.shape[:2]
                stream.pix_fmt, stream.time_base = "yuv420p", Fraction(1, FPS)
                stream.thread_count = 1  # the bytes depend on the number of threads
            frame = av.VideoFrame.from_ndarray(picture, format="bgr24")
            container.mux(stream.encode(frame))
        if stream is not None:
            container.mux(stream.encode())
    return path
