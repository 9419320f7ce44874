"""Text in the streets: signs, shop fronts, numbers, letters on bare surfaces."""

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from pipeline.training.clutter import random_colour
from pipeline.training.lettering import Line, Style
from pipeline.training.panel import Panel
from pipeline.training.plates import back, mounting, pictogram, plate_ground, put
from pipeline.training.scene import Scene, extent, homography, mount, moved
from pipeline.training.surfaces import SURFACES
from pipeline.training.texts import figure, random_line, short_line
from pipeline.training.typesetter import Typesetter

_SIGN_COLOURS = (
    (120, 80, 0),
    (60, 110, 0),
    (30, 30, 190),
    (250, 250, 250),
    (0, 200, 250),
    (20, 20, 20),
    (40, 60, 110),
    (240, 240, 225),
    (160, 60, 20),
    (50, 50, 50),
)


def sign_lines(setter: Typesetter, letters: float, count: int, max_width: float) -> list[Line]:
    """Return lines of one or two sizes and fonts for a sign."""
    style, lines = setter.style(letters), []
    for index in range(count):
        if index and setter.chance(0.35):
            ratio = setter.between(0.45, 1.3)
            style = (
                setter.style(letters * ratio)
                if setter.chance(0.3)
                else Style(style.font, max(6.0, letters * ratio), style.tracking * ratio)
            )
        text = short_line if setter.chance(0.6) else random_line
        line = setter.set(text(setter.rng, setter.words), style, max_width)
        if line:
            lines.append(line)
    return lines


def _smallest(lines: list[Line]) -> float:
    return min(line.style.letter_height for line in lines)


def _sign_colour(setter: Typesetter) -> npt.NDArray[np.float64]:
    palette = _SIGN_COLOURS[int(setter.rng.integers(len(_SIGN_COLOURS)))]
    colour = palette if setter.chance(0.7) else random_colour(setter.rng)
    return np.clip(np.array(colour) + setter.rng.normal(0, 12, 3), 0, 255)


def sign(setter: Typesetter, scene: Scene) -> None:
    """A plate with one to five lines, often in perspective."""
    width, height = scene.size
    count = int(setter.rng.choice([1, 2, 3, 4, 5], p=[0.35, 0.27, 0.2, 0.1, 0.08]))
    letters = setter.size(8, 0.75 * height / (count + 1))
    lines = sign_lines(setter, letters, count, width * setter.between(0.3, 0.95))
    if not lines:
        return
    colour, smallest = _sign_colour(setter), _smallest(lines)
    look = setter.look(colour, smallest, 0.2)
    looks = setter.looks(colour, lines, look)
    panel = setter.stack(
        lines, looks, letters * setter.between(0.25, 1.2), setter.between(0.3, 0.9)
    )
    if setter.chance(0.3):
        pictogram(setter, panel, look.fill)
    back(setter, panel, colour)
    put(setter, scene, panel, 1.3, mounting(setter, smallest))


def bent(setter: Typesetter, letters: float, max_width: float) -> Line | None:
    """Return a line on an arc, as on round plates and logos."""
    style = setter.style(letters)
    arc = setter.between(0.25, 1.5) * (1 if setter.chance(0.7) else -1)
    return setter.set(random_line(setter.rng, setter.words), replace(style, arc=arc), max_width)


def plaque(setter: Typesetter, scene: Scene) -> None:
    """Some lines of which the first stands on an arc, on a plate or bare."""
    letters = setter.size(10, 0.14 * scene.size[1])
    arch = bent(setter, letters, scene.size[0] * 0.6)
    below = sign_lines(
        setter,
        letters * setter.between(0.6, 1.2),
        int(setter.rng.integers(4)),
        arch.width if arch else 1,
    )
    if arch is None:
        return
    colour = _sign_colour(setter)
    lines = [arch, *below]
    looks = setter.looks(colour, lines, setter.look(colour, _smallest(lines), 0.3))
    panel = setter.stack(lines, looks, letters * setter.between(0.5, 1.5), setter.between(0.3, 0.8))
    back(setter, panel, colour)
    put(setter, scene, panel, 0.8, mounting(setter, _smallest(lines)))


def direct(setter: Typesetter, scene: Scene) -> None:
    """Letters painted or mounted on what is there, without a plate."""
    width, height = scene.size
    count = 1 + int(setter.chance(0.35)) + int(setter.chance(0.15))
    letters = setter.size(7, 0.5 * height / count)
    lines = sign_lines(setter, letters, count, width * setter.between(0.4, 0.98))
    if letters > 12 and setter.chance(0.12):
        arch = bent(setter, letters, width * 0.7)
        lines = [arch] if arch else lines
    if not lines:
        return
    corner = setter.rng.uniform(0, 0.6, 2) * [width, height]
    area = np.concatenate([corner, corner + np.array([width * 0.4, height * 0.3])])
    ground, spread = scene.ground(area)
    look = setter.look(ground, _smallest(lines), 0.45, spread)
    panel = setter.stack(lines, [look] * len(lines), 3, setter.between(0.3, 1))
    put(setter, scene, panel, 1.0, mounting(setter, _smallest(lines), 0.3))


def _band(setter: Typesetter, panel: Panel, width: float, colour: npt.ArrayLike) -> Panel:
    """Return the panel's lettering on a band of `width` pixels."""
    band = Panel((width, panel.size[1]))
    left = int(setter.between(0, max(1, band.size[0] - panel.size[0])))
    part = panel.pixels[:, : band.size[0] - left]
    band.pixels[: part.shape[0], left : left + part.shape[1]] = part
    band.boxes = [box + np.array([left, 0, left, 0]) for box in panel.boxes]
    band.heights = panel.heights
    ground = plate_ground(setter, band.size, colour)
    if setter.chance(0.4):
        SURFACES[int(setter.rng.integers(len(SURFACES)))](setter.rng, ground)
        ground = (0.35 * ground + 0.65 * np.array(colour)).astype(np.uint8)
    band.cover(ground)
    return band


def shop_front(setter: Typesetter, scene: Scene) -> None:
    """A band with large letters across the picture."""
    width, height = scene.size
    letters = setter.size(18, 0.3 * height)
    line = setter.line(setter.style(letters, 0.4, 0.25), width * setter.between(0.5, 1.0))
    if line is None:
        return
    colour = random_colour(setter.rng)
    look = setter.look(colour, letters, 0.6)
    panel = setter.stack([line], [look], letters * setter.between(0.3, 0.8), 0.5)
    band = _band(setter, panel, width * setter.between(1.0, 1.1), colour)
    angle, depth = float(setter.rng.normal(0, 3)), setter.between(0, 0.1)
    matrix = homography(setter.rng, band.size, angle, depth)
    y = setter.between(0, max(1, height - extent(band.size, matrix)[1]))
    mount(scene, band, moved(matrix, (-0.02 * width, y)), mounting(setter, letters))


def number(setter: Typesetter, scene: Scene) -> None:
    """A house number, a single letter, a short code; small or very large."""
    letters = setter.size(14, 0.6 * scene.size[1])
    line = setter.set(figure(setter.rng), setter.style(letters, 0.7, 0.1), scene.size[0] * 0.9)
    if line is None:
        return
    ground, spread = scene.ground(np.array([0, 0, *scene.size]))
    plate = setter.chance(0.65)
    colour = np.array(random_colour(setter.rng)) if plate else ground
    look = setter.look(colour, letters, 0.3, 0.0 if plate else spread)
    panel = setter.stack([line], [look], letters * setter.between(0.15, 0.6) if plate else 3, 0)
    if plate:
        back(setter, panel, colour)
    put(setter, scene, panel, 1.0, mounting(setter, letters))
