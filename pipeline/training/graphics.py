"""Text laid over videos: captions, titles, scoreboards; and lines as large as the picture."""

import numpy as np

from pipeline.training.clutter import random_colour
from pipeline.training.panel import Panel
from pipeline.training.plates import back, put
from pipeline.training.scene import Scene, contrasting, extent, homography, mount, moved
from pipeline.training.texts import short_line
from pipeline.training.typesetter import Typesetter

Anchor = tuple[float, float]
"""Where a panel stands: shares of the free width and height on its left and above it."""


def _over(setter: Typesetter, scene: Scene, letters: float, count: int, anchor: Anchor) -> None:
    """Lay lines over the picture, bare or on a band that may let the picture through."""
    room = scene.size[0] * 0.95
    style = setter.style(letters)
    lines = [line for _ in range(count) if (line := setter.line(style, room))]
    if not lines:
        return
    guess = np.array([0, 0, *scene.size]) * [0, 0, 1, 1]
    ground, spread = scene.ground(guess)
    plate = setter.chance(0.4)
    colour = np.array(random_colour(setter.rng)) if plate else ground
    look = setter.look(colour, letters, 0.15 if plate else 0.7, 0.0 if plate else spread)
    panel = setter.stack(
        lines, [look] * len(lines), letters * setter.between(0.2, 0.7) if plate else 2, 0.5
    )
    if plate and setter.chance(0.6):
        back(setter, panel, colour)
    elif plate:
        share = np.full(panel.pixels.shape[:2], setter.between(0.75, 1.0), np.float32)
        flat = np.empty((*panel.pixels.shape[:2], 3), np.uint8)
        flat[:] = colour
        panel.cover(flat, share)
    free = np.array(scene.size) - panel.size
    if (free >= 0).all():
        x, y = free * np.array(anchor)
        mount(scene, panel, moved(np.eye(3), (float(x), float(y))))


def caption(setter: Typesetter, scene: Scene) -> None:
    """One to three lines near the lower or the upper edge."""
    x = (0.5, 0.05, 0.95)[int(setter.rng.integers(3))]
    y = 0.95 if setter.chance(0.7) else 0.04
    _over(setter, scene, setter.size(8, 44), int(setter.rng.integers(1, 4)), (x, y))


def title(setter: Typesetter, scene: Scene) -> None:
    """One to three large lines in the middle."""
    letters = setter.size(30, 0.45 * scene.size[1])
    count = int(setter.rng.integers(1, max(2, min(4, int(scene.size[1] / letters / 2)))))
    _over(setter, scene, letters, count, (0.5, setter.between(0.2, 0.8)))


def huge(setter: Typesetter, scene: Scene) -> None:
    """A line as wide as the picture or as high as two thirds of it, perhaps cut at the edges."""
    width, height = scene.size
    letters = setter.between(0.25, 0.7) * height
    style = setter.style(letters, 0.7, 0.05)
    text = short_line(setter.rng, setter.words)
    line = setter.set(text, style, width * (1.6 if setter.chance(0.3) else 0.97))
    if line is None:
        return
    ground, spread = scene.ground(np.array([0, 0, width, height]))
    panel = setter.stack([line], [setter.look(ground, letters, 0.5, spread)], 2, 0)
    matrix = homography(setter.rng, panel.size, float(setter.rng.normal(0, 4)), 0.04)
    free = np.array(scene.size) - extent(panel.size, matrix)
    x, y = free * setter.rng.uniform(0, 1, 2)
    if y >= 0:
        mount(scene, panel, moved(matrix, (float(x), float(y))))


def wide(setter: Typesetter, scene: Scene) -> None:
    """Lines from one edge to the other."""
    width, height = scene.size
    for _ in range(int(setter.rng.integers(1, 5))):
        letters = setter.size(9, 0.16 * height)
        style = setter.style(letters, 0.6, 0.3)
        text = " ".join(short_line(setter.rng, setter.words) for _ in range(12))
        line = setter.set(text, style, width * setter.between(0.75, 0.98))
        if line is None:
            continue
        ground, spread = scene.ground(np.array([0, 0, width, height]))
        panel = setter.stack([line], [setter.look(ground, letters, 0.4, spread)], 2, 0)
        if setter.chance(0.3):
            back(setter, panel, ground)
        put(setter, scene, panel, 0.35)


def scatter(setter: Typesetter, scene: Scene) -> None:
    """Several lines of any size, anywhere."""
    for _ in range(int(setter.rng.integers(2, 9))):
        letters = setter.size(6.5, 90)
        line = setter.line(setter.style(letters, 0.45), scene.size[0] * 0.9)
        if line is None:
            continue
        plate = setter.chance(0.35)
        ground, spread = scene.ground(np.array([0, 0, *scene.size]))
        colour = np.array(random_colour(setter.rng)) if plate else ground
        look = setter.look(colour, letters, 0.35, 0.0 if plate else spread)
        panel = setter.stack([line], [look], letters * 0.4 if plate else 2, 0)
        if plate:
            back(setter, panel, colour)
        put(setter, scene, panel, 1.2)


def scoreboard(setter: Typesetter, scene: Scene) -> None:
    """A row of plates with names and figures."""
    width, height = scene.size
    letters = setter.size(8, 36)
    style, x = setter.style(letters, 0.8, 0.0), setter.between(0, width * 0.4)
    y = float(setter.rng.choice([0.02, 0.05, 0.85])) * height
    for _ in range(int(setter.rng.integers(1, 5))):
        line = setter.line(style, width * 0.35)
        if line is None:
            continue
        plate = contrasting(setter.rng, (128, 128, 128), 30)
        panel: Panel = setter.stack([line], [setter.look(plate, letters, 0.0)], letters * 0.5, 0)
        if x + panel.size[0] > width:
            break
        flat = np.empty((*panel.pixels.shape[:2], 3), np.uint8)
        flat[:] = np.array(plate)
        panel.cover(flat)
        mount(scene, panel, moved(np.eye(3), (x, y)))
        x += panel.size[0] + letters * setter.between(0.8, 1.6) + 6
