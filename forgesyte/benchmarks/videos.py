"""The videos that the measurement of the pipeline makes for itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

from pipeline.samples.make_sample_mp4 import TITLE_UNTIL, pitch, sample_frame

Frame = npt.NDArray[np.uint8]  # height x width x 3, RGB

FPS = 12
HD, FULL_HD = (1280, 720), (1920, 1080)
SLIDE_LINES = 30
TEXT = (
    "annual report of the harbour office ships cargo and people counted since spring "
    "north quay closed for repairs until further notice please use the south gate instead "
    "figures in thousands of tonnes compared with the year before and its four quarters"
)


def make(scenario: str, path: Path, frames: int) -> Path:
    """Write the video of a scenario (MPEG-4 in MP4, which is made quickly)."""
    size, pictures = SCENARIOS[scenario]
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), FPS, size)
    if not writer.isOpened():
        raise OSError(f"OpenCV cannot write {path.name}")
    try:
        for _, picture in zip(range(frames), pictures(), strict=False):
            writer.write(cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))
    finally:
        writer.release()
    return path


def two_lines() -> Iterator[Frame]:
    """The sample's match: scoreboard and caption over players that run."""
    ground, index = pitch(), 0
    while True:
        yield sample_frame(ground, TITLE_UNTIL + index / FPS)
        index += 1


def slide() -> Iterator[Frame]:
    """A slide with 30 lines that is zoomed into slowly, so no two frames are the same."""
    page = Image.fromarray(slide_page(0))
    width, height = page.size
    index = 0
    while True:
        inset = (index % 48) / 4
        box = (inset, inset * height / width, width - inset, height - inset * height / width)
        yield np.asarray(page.resize(page.size, Image.Resampling.BILINEAR, box), dtype=np.uint8)
        index += 1


def duplicates() -> Iterator[Frame]:
    """Slides with 30 lines that stand still for five seconds each."""
    number = 0
    while True:
        page = slide_page(number)
        yield from (page for _ in range(5 * FPS))
        number += 1


def long() -> Iterator[Frame]:
    """Two lines at 1080p that repeat; a mark that moves makes each frame another one."""
    ground = cv2.resize(sample_frame(pitch(), TITLE_UNTIL), FULL_HD)
    index = 0
    while True:
        frame = ground.copy()
        x, y = 16 * (index % 110), 300 + 16 * (index // 110 % 40)
        frame[y : y + 16, x : x + 16] = 255
        yield frame
        index += 1


def slide_page(number: int) -> Frame:
    """The number-th slide: 30 lines in two columns."""
    image = Image.new("RGB", HD, (246, 246, 240))
    draw = ImageDraw.Draw(image)
    font = ImageFont.load_default(size=26)
    rng = np.random.default_rng(number)
    for line in range(SLIDE_LINES):
        text = "  ".join(rng.choice(TEXT.split(), 5))
        draw.text((50 + 620 * (line // 15), 40 + 43 * (line % 15)), text, (20, 24, 40), font)
    return np.asarray(image, dtype=np.uint8)


SCENARIOS: dict[str, tuple[tuple[int, int], Callable[[], Iterator[Frame]]]] = {
    "two-lines": (HD, two_lines),
    "slide": (HD, slide),
    "duplicates": (HD, duplicates),
    "long": (FULL_HD, long),
}
