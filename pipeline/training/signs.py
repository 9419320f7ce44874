"""Text in the streets: signs, shop fronts, numbers, letters on bare surfaces."""

import numpy as np
import numpy.typing as npt

from pipeline.training.lettering import Line, Style
from pipeline.training.panel import Panel
from pipeline.training.plates import back, mounting, plate_ground, put
from pipeline.training.scene import Scene, extent, homography, mount, moved
from pipeline.training.surfaces import SURFACES
from pipeline.training.typesetter import Typesetter

_SIGN_COLOURS = (
    *((120, 80, 0), (60, 110, 0), (30, 30, 190), (250, 250, 250), (0, 200, 250)),
    *((20, 20, 20), (40, 60, 110), (240, 240, 225), (160, 60, 20), (50, 50, 50)),
)


def _sign_lines(setter: Typesetter, letters: float, count: int, max_width: float) -> list[Line]:
    """Return lines of one or two sizes and fonts for a sign."""
    rng, style, lines = setter.rng, setter.style(letters), []
    for index in range(count):
        if index and rng.chance(0.35):
            ratio = rng.between(0.45, 1.3)
            if rng.chance(0.3):
                style = setter.style(letters * ratio)
            else:
                style = Style(style.font, max(6.0, letters * ratio), style.tracking * ratio)
        text = setter.texts.short() if rng.chance(0.6) else setter.texts.line()
        line = setter.set(text, style, max_width)
        if line:
            lines.append(line)
    return lines


def _smallest(lines: list[Line]) -> float:
    return min(line.style.letter_height for line in lines)


def sign(setter: Typesetter, scene: Scene) -> None:
    """A plate with one to five lines, often in perspective."""
    rng, (width, height) = setter.rng, scene.size
    count = int(rng.choice([1, 2, 3, 4, 5], p=[0.35, 0.27, 0.2, 0.1, 0.08]))
    letters = rng.log_uniform(8, 0.75 * height / (count + 1))
    lines = _sign_lines(setter, letters, count, width * rng.between(0.3, 0.95))
    if not lines:
        return
    palette = rng.pick(_SIGN_COLOURS)
    colour = np.array(palette if rng.chance(0.7) else rng.colour()) + rng.normal(0, 12, 3)
    colour, smallest = np.clip(colour, 0, 255), _smallest(lines)
    look = setter.look(colour, smallest, 0.2)
    looks = [
        setter.look(colour, line.style.letter_height, 0.1) if rng.chance(0.12) else look
        for line in lines
    ]
    panel = setter.stack(lines, looks, letters * rng.between(0.25, 1.2), rng.between(0.3, 0.9))
    back(setter, panel, colour)
    put(setter, scene, panel, 1.3, mounting(setter, smallest))


def direct(setter: Typesetter, scene: Scene) -> None:
    """Letters painted or mounted on what is there, without a plate."""
    rng, (width, height) = setter.rng, scene.size
    count = 1 + int(rng.chance(0.35)) + int(rng.chance(0.15))
    letters = rng.log_uniform(7, 0.5 * height / count)
    lines = _sign_lines(setter, letters, count, width * rng.between(0.4, 0.98))
    if not lines:
        return
    corner = rng.uniform(0, 0.6, 2) * [width, height]
    area = np.concatenate([corner, corner + np.array([width * 0.4, height * 0.3])])
    ground, spread = scene.ground(area)
    look = setter.look(ground, _smallest(lines), 0.45, spread)
    panel = setter.stack(lines, [look] * len(lines), 3, rng.between(0.3, 1))
    put(setter, scene, panel, 1.0, mounting(setter, _smallest(lines), 0.3))


def _band(setter: Typesetter, panel: Panel, width: float, colour: npt.ArrayLike) -> Panel:
    """Return the panel's lettering on a band of `width` pixels."""
    rng, band = setter.rng, Panel((width, panel.size[1]))
    left = int(rng.between(0, max(1, band.size[0] - panel.size[0])))
    part = panel.pixels[:, : band.size[0] - left]
    band.pixels[: part.shape[0], left : left + part.shape[1]] = part
    band.boxes = [box + np.array([left, 0, left, 0]) for box in panel.boxes]
    band.heights = panel.heights
    ground = plate_ground(setter, band.size, colour)
    if rng.chance(0.4):
        rng.pick(SURFACES)(rng, ground)
        ground = (0.35 * ground + 0.65 * np.array(colour)).astype(np.uint8)
    band.cover(ground)
    return band


def shop_front(setter: Typesetter, scene: Scene) -> None:
    """A band with large letters across the picture."""
    rng, (width, height) = setter.rng, scene.size
    letters = rng.log_uniform(18, 0.3 * height)
    style, room = setter.style(letters, 0.4, 0.25), width * rng.between(0.5, 1.0)
    line = setter.set(setter.texts.line(), style, room)
    if line is None:
        return
    colour = rng.colour()
    look = setter.look(colour, letters, 0.6)
    panel = setter.stack([line], [look], letters * rng.between(0.3, 0.8), 0.5)
    band = _band(setter, panel, width * rng.between(1.0, 1.1), colour)
    matrix = homography(rng, band.size, float(rng.normal(0, 3)), rng.between(0, 0.1))
    y = rng.between(0, max(1, height - extent(band.size, matrix)[1]))
    mount(scene, band, moved(matrix, (-0.02 * width, y)), mounting(setter, letters))


def number(setter: Typesetter, scene: Scene) -> None:
    """A house number, a single letter, a short code; small or very large."""
    rng = setter.rng
    letters = rng.log_uniform(14, 0.6 * scene.size[1])
    text, style = setter.texts.figure(), setter.style(letters, 0.7, 0.1)
    line = setter.set(text, style, scene.size[0] * 0.9)
    if line is None:
        return
    plate = rng.chance(0.65)
    ground, spread = scene.ground(np.array([0, 0, *scene.size]))
    colour = np.array(rng.colour()) if plate else ground
    look = setter.look(colour, letters, 0.3, 0.0 if plate else spread)
    panel = setter.stack([line], [look], letters * rng.between(0.15, 0.6) if plate else 3, 0)
    if plate:
        back(setter, panel, colour)
    put(setter, scene, panel, 1.0, mounting(setter, letters))
