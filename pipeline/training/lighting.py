"""Light on a picture: uneven, with shadows and glare, of some colour, dim or bright."""

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from pipeline.training.clutter import Canvas
from pipeline.training.surfaces import Field, noise


def _slope(rng: np.random.Generator, size: tuple[int, int]) -> Field:
    """Return brightness that falls along some direction."""
    y, x = np.mgrid[-1 : 1 : size[1] * 1j, -1 : 1 : size[0] * 1j]
    turn = rng.uniform(0, 2 * np.pi)
    slope = 1 + rng.uniform(0.1, 0.45) * (x * np.cos(turn) + y * np.sin(turn))
    return np.asarray(slope, dtype=np.float32)


def _shadow(rng: np.random.Generator, size: tuple[int, int]) -> Field:
    """Return brightness with the soft shadow of a pole, a roof, a tree or a person."""
    light = np.ones((size[1], size[0]), dtype=np.float32)
    corners = rng.uniform(-0.2, 1.2, (int(rng.integers(3, 6)), 2)) * size
    cv2.fillPoly(light, [corners.astype(np.int32)], float(rng.uniform(0.35, 0.8)))
    if rng.random() < 0.3:
        light = np.where(noise(rng, size, (6, 4)) > 0.1, light, light * 0.65).astype(np.float32)
    return np.asarray(cv2.GaussianBlur(light, (0, 0), float(rng.uniform(0.8, 12))))


def _glare(rng: np.random.Generator, size: tuple[int, int]) -> Field:
    """Return the light of a lamp's reflection, 0-1."""
    spot = np.zeros((size[1], size[0]), dtype=np.float32)
    centre = tuple(int(value) for value in rng.uniform(0, 1, 2) * size)
    axes = tuple(int(value) for value in rng.uniform(0.03, 0.2, 2) * size)
    cv2.ellipse(spot, centre, axes, float(rng.uniform(0, 180)), 0, 360, 1.0, -1)
    return np.asarray(cv2.GaussianBlur(spot, (0, 0), float(rng.uniform(10, 50))))


def light(rng: np.random.Generator, image: Canvas) -> Canvas:
    """Return `image` in another light."""
    size, chance = (image.shape[1], image.shape[0]), rng.random(6)
    lit: npt.NDArray[np.floating[Any]] = image.astype(np.float32)
    if chance[0] < 0.35:
        lit *= _slope(rng, size)[:, :, None]
    if chance[1] < 0.25:
        lit *= _shadow(rng, size)[:, :, None]
    if chance[2] < 0.12:
        lit += _glare(rng, size)[:, :, None] * np.float32(rng.uniform(40, 130))
    if chance[3] < 0.3:
        lit *= rng.uniform(0.8, 1.15, 3).astype(np.float32)
    if chance[4] < 0.4:
        lit = lit * np.float32(rng.uniform(0.55, 1.2)) + np.float32(rng.uniform(-15, 30))
    lit = np.clip(lit, 0, 255)
    if chance[5] < 0.3:
        lit = 255 * (lit / 255) ** np.float32(rng.uniform(0.65, 1.5))
    return lit.astype(np.uint8)
