"""A camera that pans and zooms over a picture, as slide shows do (the "Ken Burns effect")."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from pipeline.evaluation.pictures import Image

SIZE = (1280, 720)
FPS = 10
FRAMES = 30
MARGIN_COLOUR = (24, 24, 24)


def filmed(image: Image, name: str) -> Iterator[Image]:
    """Yield FRAMES frames of SIZE. The first shows the whole picture; where it has another shape
    than the frame, with margins. Then the camera comes closer and moves on.

    The way depends on the name alone, so that it is the same in each run.
    """
    chance = random.Random(name)  # noqa: S311  # nosec B311 # a way, no secret
    closest = chance.uniform(1.4, 1.7)
    nearing, leaving = ((chance.uniform(0.3, 0.7), chance.uniform(0.3, 0.7)) for _ in range(2))
    for index in range(FRAMES):
        time = index / (FRAMES - 1)
        near = _eased(min(1.0, 2 * time))
        moved = max(0.0, 2 * time - 1)
        centre = [
            0.5 + near * (start + moved * (end - start) - 0.5)
            for start, end in zip(nearing, leaving, strict=True)
        ]
        yield _view(image, 1 + (closest - 1) * near, centre)


def write_mp4(image: Image, name: str, path: Path) -> Path:
    """Film a picture into an MP4 (MPEG-4 part 2, FPS frames a second).

    Raises OSError when this OpenCV cannot encode it.
    """
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), FPS, SIZE)
    if not writer.isOpened():
        raise OSError(f"OpenCV cannot write {path.name}")
    try:
        for frame in filmed(image, name):
            writer.write(frame)
    finally:
        writer.release()
    return path


def _eased(share: float) -> float:
    return share * share * (3 - 2 * share)


def _view(image: Image, zoom: float, centre: list[float]) -> Image:
    """The frame when the camera is `zoom` times as near as for the whole picture.

    centre: what it looks at, in shares of the picture's width and height.
    """
    height, width = image.shape[:2]
    scale = zoom * min(SIZE[0] / width, SIZE[1] / height)
    if scale < 1:  # averaging keeps small letters, which interpolation alone would break up
        size = max(1, round(width * scale)), max(1, round(height * scale))
        image = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    scale_x, scale_y = width * scale / image.shape[1], height * scale / image.shape[0]
    shift = SIZE[0] / 2 - scale * width * centre[0], SIZE[1] / 2 - scale * height * centre[1]
    matrix = np.array([[scale_x, 0, shift[0]], [0, scale_y, shift[1]]])
    frame = cv2.warpAffine(image, matrix, SIZE, flags=cv2.INTER_CUBIC, borderValue=MARGIN_COLOUR)
    return np.asarray(frame, dtype=np.uint8)
