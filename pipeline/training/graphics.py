"""Text laid over videos: captions and titles; and lines as large as the picture."""

import numpy as np

from pipeline.training.drawing import Point, filled
from pipeline.training.plates import back, put
from pipeline.training.scene import Scene, extent, homography, mount, moved
from pipeline.training.typesetter import Typesetter


def _over(setter: Typesetter, scene: Scene, letters: float, count: int, anchor: Point) -> None:
    """Lay lines over the picture, bare or on a band that may let the picture through.

    The anchor is the share of the free width on the left and of the free height above.
    """
    rng, style = setter.rng, setter.style(letters)
    texts, room = setter.texts, scene.size[0] * 0.95
    lines = [line for _ in range(count) if (line := setter.set(texts.line(), style, room))]
    if not lines:
        return
    ground, spread = scene.ground(np.array([0, 0, *scene.size]))
    plate = rng.chance(0.4)
    colour = np.array(rng.colour()) if plate else ground
    look = setter.look(colour, letters, 0.15 if plate else 0.7, 0.0 if plate else spread)
    padding = letters * rng.between(0.2, 0.7) if plate else 2
    panel = setter.stack(lines, [look] * len(lines), padding, 0.5)
    if plate and rng.chance(0.6):
        back(setter, panel, colour)
    elif plate:
        share = np.full(panel.pixels.shape[:2], rng.between(0.75, 1.0), np.float32)
        panel.cover(filled(panel.size, colour), share)
    free = np.array(scene.size) - panel.size
    if (free >= 0).all():
        x, y = free * np.array(anchor)
        mount(scene, panel, moved(np.eye(3), (float(x), float(y))))


def caption(setter: Typesetter, scene: Scene) -> None:
    """One to three lines near the lower or the upper edge."""
    rng = setter.rng
    anchor = rng.pick((0.5, 0.05, 0.95)), 0.95 if rng.chance(0.7) else 0.04
    _over(setter, scene, rng.log_uniform(8, 44), rng.whole(1, 4), anchor)


def title(setter: Typesetter, scene: Scene) -> None:
    """One to three large lines in the middle."""
    rng, height = setter.rng, scene.size[1]
    letters = rng.log_uniform(30, 0.45 * height)
    count = rng.whole(1, max(2, min(4, int(height / letters / 2))))
    _over(setter, scene, letters, count, (0.5, rng.between(0.2, 0.8)))


def huge(setter: Typesetter, scene: Scene) -> None:
    """A line as wide as the picture or as high as two thirds of it, perhaps cut at the edges."""
    rng, (width, height) = setter.rng, scene.size
    letters = rng.between(0.25, 0.7) * height
    style, text = setter.style(letters, 0.7, 0.05), setter.texts.short()
    line = setter.set(text, style, width * (1.6 if rng.chance(0.3) else 0.97))
    if line is None:
        return
    ground, spread = scene.ground(np.array([0, 0, width, height]))
    panel = setter.stack([line], [setter.look(ground, letters, 0.5, spread)], 2, 0)
    matrix = homography(rng, panel.size, float(rng.normal(0, 4)), 0.04)
    free = np.array(scene.size) - extent(panel.size, matrix)
    x, y = free * rng.uniform(0, 1, 2)
    if y >= 0:
        mount(scene, panel, moved(matrix, (float(x), float(y))))


def scatter(setter: Typesetter, scene: Scene) -> None:
    """Several lines of any size, anywhere."""
    rng = setter.rng
    for _ in range(rng.whole(2, 9)):
        letters = rng.log_uniform(6.5, 90)
        style = setter.style(letters, 0.45)
        line = setter.set(setter.texts.line(), style, scene.size[0] * 0.9)
        if line is None:
            continue
        plate = rng.chance(0.35)
        ground, spread = scene.ground(np.array([0, 0, *scene.size]))
        colour = np.array(rng.colour()) if plate else ground
        look = setter.look(colour, letters, 0.35, 0.0 if plate else spread)
        panel = setter.stack([line], [look], letters * 0.4 if plate else 2, 0)
        if plate:
            back(setter, panel, colour)
        put(setter, scene, panel, 1.2)
