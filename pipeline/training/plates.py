"""Plates behind lettering, and where and how panels stand in a scene."""

import cv2
import numpy as np
import numpy.typing as npt

from pipeline.training.drawing import Canvas, Field, Size, as_coverage, filled, noise
from pipeline.training.lettering import Panel
from pipeline.training.scene import Matrix, Mounting, Scene, extent, homography, mount, moved
from pipeline.training.typesetter import Typesetter

_ATTEMPTS = 8


def _tilt(setter: Typesetter, panel: Panel, strength: float) -> Matrix:
    """Return how the panel is seen: straight, turned by up to 38 degrees, or in perspective."""
    rng, kind = setter.rng, setter.rng.random()
    if kind < 0.3:
        return np.eye(3)
    angle = float(np.clip(rng.normal(0, 7 * strength), -25, 25))
    if kind > 1 - 0.1 * strength:
        angle = rng.between(-38, 38)
    depth = rng.between(0.02, 0.16) * strength if kind > 0.55 else 0.0
    return homography(rng, panel.size, angle, depth)


def mounting(setter: Typesetter, letters: float, strength: float = 0.5) -> Mounting:
    """Return a random way to mount a panel whose smallest letters are `letters` pixels high."""
    rng = setter.rng
    return Mounting(
        shade=rng.between(0, strength),
        blur=rng.between(0.4, letters / 9) if rng.chance(0.15) and letters > 6 else 0.0,
    )


def put(setter: Typesetter, scene: Scene, panel: Panel, strength: float, how: Mounting) -> None:
    """Place the panel where there is room, sometimes beyond the edge."""
    matrix = _tilt(setter, panel, strength)
    for _ in range(_ATTEMPTS):
        width, height = extent(panel.size, matrix)
        room = np.array(scene.size) - [width, height]
        over = np.array([0.4 * width, 0.1 * height]) if setter.rng.chance(0.15) else np.zeros(2)
        if (room + 2 * over < 0).any():
            return
        x, y = setter.rng.uniform(-over, room + over)
        if mount(scene, panel, moved(matrix, (float(x), float(y))), how):
            return


def plate_ground(setter: Typesetter, size: Size, colour: npt.ArrayLike) -> Canvas:
    """Return a plate (height, width, 3) of one colour, uneven or as rough as a surface."""
    rng, canvas = setter.rng, filled(size, colour)
    if rng.chance(0.5):
        return canvas
    tone = noise(rng, size, (2, 2), 3) * rng.between(3, 18)
    if rng.chance(0.25):
        slope = np.linspace(-1, 1, size[0])[None] + np.linspace(-1, 1, size[1])[:, None]
        tone = tone + slope * rng.between(-35, 35)
    return np.clip(canvas + tone[:, :, None], 0, 255).astype(np.uint8)


def _plate_shape(setter: Typesetter, size: Size, lines: int) -> Field:
    """Return where a plate is: in a rectangle, a rounded one or an ellipse."""
    width, height = size
    shape = np.zeros((height, width), dtype=np.uint8)
    kind = setter.rng.integers(6 if lines == 1 else 5)
    if kind < 3:
        shape[:] = 255
    elif kind < 5:
        radius = int(min(size) * setter.rng.between(0.05, 0.25))
        cv2.rectangle(shape, (radius, 0), (width - radius, height), 255, -1)
        cv2.rectangle(shape, (0, radius), (width, height - radius), 255, -1)
        for x in (radius, width - radius - 1):
            for y in (radius, height - radius - 1):
                cv2.circle(shape, (x, y), radius, 255, -1)
    else:
        middle = width // 2, height // 2
        cv2.ellipse(shape, middle, middle, 0, 0, 360, 255, -1)
    return as_coverage(shape)


def back(setter: Typesetter, panel: Panel, colour: npt.ArrayLike) -> None:
    """Give the panel a plate of a colour behind its lines, often with a border."""
    width, height = panel.size
    ground = plate_ground(setter, panel.size, colour)
    lines = len(panel.boxes) if min(panel.size) > 2 * panel.heights[0] else 9
    shape = _plate_shape(setter, panel.size, lines)
    if setter.rng.chance(0.45):
        inset, thick = int(min(panel.size) * 0.03), max(1, int(min(panel.size) * 0.02))
        end = width - 1 - inset, height - 1 - inset
        cv2.rectangle(ground, (inset, inset), end, setter.rng.colour(), thick)
    panel.cover(ground, shape)
