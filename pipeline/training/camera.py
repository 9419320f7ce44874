"""What light, cameras and codecs do to a picture: shadows, blur, lost resolution, noise, JPEG."""

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from pipeline.training.drawing import Canvas, Field, Rng, Size, noise, size_of


def _slope(rng: Rng, size: Size) -> Field:
    """Return brightness that falls along some direction."""
    y, x = np.mgrid[-1 : 1 : size[1] * 1j, -1 : 1 : size[0] * 1j]
    turn = rng.uniform(0, 2 * np.pi)
    slope = 1 + rng.uniform(0.1, 0.45) * (x * np.cos(turn) + y * np.sin(turn))
    return np.asarray(slope, dtype=np.float32)


def _shadow(rng: Rng, size: Size) -> Field:
    """Return brightness with the soft shadow of a pole, a roof, a tree or a person."""
    light = np.ones((size[1], size[0]), dtype=np.float32)
    corners = rng.uniform(-0.2, 1.2, (rng.whole(3, 6), 2)) * size
    cv2.fillPoly(light, [corners.astype(np.int32)], rng.between(0.35, 0.8))
    if rng.chance(0.3):
        light = np.where(noise(rng, size, (6, 4)) > 0.1, light, light * 0.65).astype(np.float32)
    return np.asarray(cv2.GaussianBlur(light, (0, 0), rng.between(0.8, 12)))


def light(rng: Rng, image: Canvas) -> Canvas:
    """Return `image` in another light."""
    size, chance = size_of(image), rng.random(5)
    lit: npt.NDArray[np.floating[Any]] = image.astype(np.float32)
    if chance[0] < 0.35:
        lit *= _slope(rng, size)[:, :, None]
    if chance[1] < 0.25:
        lit *= _shadow(rng, size)[:, :, None]
    if chance[2] < 0.3:
        lit *= rng.uniform(0.8, 1.15, 3).astype(np.float32)
    if chance[3] < 0.4:
        lit = lit * np.float32(rng.uniform(0.55, 1.2)) + np.float32(rng.uniform(-15, 30))
    lit = np.clip(lit, 0, 255)
    if chance[4] < 0.3:
        lit = 255 * (lit / 255) ** np.float32(rng.uniform(0.65, 1.5))
    return lit.astype(np.uint8)


def _jpeg(rng: Rng, image: Canvas, low: int, high: int) -> Canvas:
    _, encoded = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, rng.whole(low, high)])
    return np.asarray(cv2.imdecode(encoded, cv2.IMREAD_COLOR), dtype=np.uint8)


def _shrink(rng: Rng, image: Canvas, factor: float, jpeg: Size | None = None) -> Canvas:
    """Return the image of lower resolution, as JPEG of a quality between `jpeg`, enlarged again."""
    small = np.asarray(
        cv2.resize(image, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA), dtype=np.uint8
    )
    if jpeg:
        small = _jpeg(rng, small, *jpeg)
    return np.asarray(cv2.resize(small, size_of(image)), dtype=np.uint8)


def degrade(rng: Rng, image: Canvas, letter_height: float) -> Canvas:
    """Return `image` as a camera might see it; letters `letter_height` high stay readable."""
    limit = min(4.0, max(0.5, letter_height / 11))
    chance = rng.random(4)
    if chance[0] < 0.3:
        blurred = cv2.GaussianBlur(image, (0, 0), rng.between(0.3, limit))
        image = np.asarray(blurred, dtype=np.uint8)
    if chance[1] < 0.2:
        image = _shrink(rng, image, 1 / rng.between(1, 1 + limit / 2))
    if chance[2] < 0.3:
        grain = rng.normal(0, rng.between(2, 20), image.shape)
        image = np.clip(image + grain, 0, 255).astype(np.uint8)
    if chance[3] < 0.35:
        image = _jpeg(rng, image, 20, 90)
    elif chance[3] < 0.55:
        factor = rng.between(max(0.5, 1 / (1 + limit / 3)), 1)
        image = _shrink(rng, image, factor, (12 if limit > 1.5 else 25, 50))
    return image
