"""Plates behind lettering, and where and how panels stand in a scene."""

import cv2
import numpy as np
import numpy.typing as npt

from pipeline.training.clutter import Canvas, random_colour
from pipeline.training.panel import Panel, as_coverage
from pipeline.training.scene import (
    Matrix,
    Mounting,
    Scene,
    extent,
    homography,
    mount,
    moved,
)
from pipeline.training.surfaces import noise
from pipeline.training.typesetter import Typesetter

_ATTEMPTS = 8


def tilt(setter: Typesetter, panel: Panel, strength: float = 1.0) -> Matrix:
    """Return how the panel is seen: straight, turned by up to 38 degrees, or in perspective."""
    rng, kind = setter.rng, setter.rng.random()
    if kind < 0.3:
        return np.eye(3)
    angle = float(np.clip(rng.normal(0, 7 * strength), -25, 25))
    if kind > 1 - 0.1 * strength:
        angle = setter.between(-38, 38)
    depth = setter.between(0.02, 0.16) * strength if kind > 0.55 else 0.0
    return homography(rng, panel.size, angle, depth)


def mounting(setter: Typesetter, letters: float, strength: float = 0.5) -> Mounting:
    """Return a random way to mount a panel whose smallest letters are `letters` pixels high."""
    return Mounting(
        shade=setter.between(0, strength),
        blur=setter.between(0.4, letters / 9) if setter.chance(0.15) and letters > 6 else 0.0,
        opacity=setter.between(0.6, 0.95) if setter.chance(0.08) else 1.0,
    )


def put(
    setter: Typesetter,
    scene: Scene,
    panel: Panel,
    strength: float = 1.0,
    how: Mounting | None = None,
) -> bool:
    """Place the panel where there is room, sometimes beyond the edge."""
    matrix, how = tilt(setter, panel, strength), how or Mounting()
    for _ in range(_ATTEMPTS):
        width, height = extent(panel.size, matrix)
        room = np.array(scene.size) - [width, height]
        over = np.array([0.4 * width, 0.1 * height]) if setter.chance(0.15) else np.zeros(2)
        if (room + 2 * over < 0).any():
            return False
        x, y = setter.rng.uniform(-over, room + over)
        if mount(scene, panel, moved(matrix, (float(x), float(y))), how):
            return True
    return False


def plate_ground(setter: Typesetter, size: tuple[int, int], colour: npt.ArrayLike) -> Canvas:
    """Return a plate (height, width, 3) of one colour, uneven or as rough as a surface."""
    rng = setter.rng
    canvas = np.empty((size[1], size[0], 3), dtype=np.uint8)
    canvas[:] = np.asarray(colour, dtype=np.uint8)
    if setter.chance(0.5):
        return canvas
    tone = noise(rng, size, (2, 2), 3) * setter.between(3, 18)
    if setter.chance(0.25):
        slope = np.linspace(-1, 1, size[0])[None] + np.linspace(-1, 1, size[1])[:, None]
        tone = tone + slope * setter.between(-35, 35)
    return np.clip(canvas + tone[:, :, None], 0, 255).astype(np.uint8)


def _plate_shape(setter: Typesetter, size: tuple[int, int], lines: int) -> npt.NDArray[np.float32]:
    width, height = size
    shape = np.zeros((height, width), dtype=np.uint8)
    kind = setter.rng.integers(6 if lines == 1 else 5)
    if kind < 3:
        shape[:] = 255
    elif kind < 5:
        radius = int(min(size) * setter.between(0.05, 0.25))
        cv2.rectangle(shape, (radius, 0), (width - radius, height), 255, -1)
        cv2.rectangle(shape, (0, radius), (width, height - radius), 255, -1)
        for x in (radius, width - radius - 1):
            for y in (radius, height - radius - 1):
                cv2.circle(shape, (x, y), radius, 255, -1)
    else:
        cv2.ellipse(shape, (width // 2, height // 2), (width // 2, height // 2), 0, 0, 360, 255, -1)
    return as_coverage(shape)


def back(setter: Typesetter, panel: Panel, colour: npt.ArrayLike) -> None:
    """Give the panel a plate of a colour behind its lines, often with a border."""
    width, height = panel.size
    ground, shape = (
        plate_ground(setter, panel.size, colour),
        _plate_shape(
            setter, panel.size, len(panel.boxes) if min(panel.size) > 2 * panel.heights[0] else 9
        ),
    )
    if setter.chance(0.45):
        inset, thick = int(min(panel.size) * 0.03), max(1, int(min(panel.size) * 0.02))
        cv2.rectangle(
            ground,
            (inset, inset),
            (width - 1 - inset, height - 1 - inset),
            random_colour(setter.rng),
            thick,
        )
    panel.cover(ground, shape)


def pictogram(setter: Typesetter, panel: Panel, colour: npt.ArrayLike) -> None:
    """Paint an arrow or a simple figure on new room at the left of the panel."""
    side = int(min(panel.size[1], panel.size[0]) * setter.between(0.4, 0.9))
    drawn = np.zeros((side, side), dtype=np.uint8)
    middle, thick = side // 2, max(1, side // 8)
    if setter.chance(0.6):
        tip = [(side - 2, middle), (2, middle), (middle, 2)][int(setter.rng.integers(3))]
        tail = (side - tip[0], side - tip[1])
        cv2.arrowedLine(drawn, tail, tip, 255, thick, cv2.LINE_AA, 0, 0.45)
    else:
        cv2.circle(drawn, (middle, middle), max(1, middle - thick), 255, thick, cv2.LINE_AA)
        cv2.line(drawn, (side // 4, side // 4), (3 * side // 4, 3 * side // 4), 255, thick)
    added = side + 4
    panel.pixels = np.pad(panel.pixels, ((0, 0), (added, 0), (0, 0)))
    panel.boxes = [box + np.array([added, 0, added, 0]) for box in panel.boxes]
    panel.paint(as_coverage(drawn), colour, (4, (panel.size[1] - side) // 2))
