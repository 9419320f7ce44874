"""Text in the streets: signs, shop fronts, numbers, letters on bare surfaces."""

import numpy as np

from pipeline.training.clutter import random_colour
from pipeline.training.lettering import Line, Style
from pipeline.training.panel import Panel
from pipeline.training.plates import back, pictogram, plate_ground, put
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


def sign(setter: Typesetter, scene: Scene) -> None:
    """A plate with one to five lines, often in perspective."""
    width, height = scene.size
    count = int(setter.rng.choice([1, 2, 3, 4, 5], p=[0.35, 0.27, 0.2, 0.1, 0.08]))
    letters = setter.size(8, 0.75 * height / (count + 1))
    lines = sign_lines(setter, letters, count, width * setter.between(0.3, 0.95))
    if not lines:
        return
    palette = _SIGN_COLOURS[int(setter.rng.integers(len(_SIGN_COLOURS)))]
    colour = np.clip(
        np.array(palette if setter.chance(0.7) else random_colour(setter.rng))
        + setter.rng.normal(0, 12, 3),
        0,
        255,
    )
    look = setter.look(colour, min(line.style.letter_height for line in lines), 0.2)
    padding = letters * setter.between(0.25, 1.2)
    panel = setter.stack(lines, look, padding, setter.between(0.3, 0.9))
    if setter.chance(0.3):
        pictogram(setter, panel, look.fill)
    back(setter, panel, colour)
    put(setter, scene, panel, 1.3, setter.between(0, 0.5))


def direct(setter: Typesetter, scene: Scene) -> None:
    """Letters painted or mounted on what is there, without a plate."""
    width, height = scene.size
    count = 1 + int(setter.chance(0.35)) + int(setter.chance(0.15))
    letters = setter.size(7, 0.5 * height / count)
    lines = sign_lines(setter, letters, count, width * setter.between(0.4, 0.98))
    if setter.chance(0.12) and lines and letters > 14:
        arc = setter.between(-0.12, 0.12)
        bent = setter.set(
            random_line(setter.rng, setter.words),
            Style(lines[0].style.font, letters, 0.0, arc),
            width * 0.7,
        )
        lines = [bent] if bent else lines
    if not lines:
        return
    area = setter.rng.uniform(0, 0.6, 2) * [width, height]
    ground, spread = scene.ground(
        np.array([*area, *(area + np.array([width * 0.4, height * 0.3]))])
    )
    smallest = min(line.style.letter_height for line in lines)
    panel = setter.stack(
        lines, setter.look(ground, smallest, 0.45, spread), 3, setter.between(0.3, 1)
    )
    put(setter, scene, panel, 1.0)


def shop_front(setter: Typesetter, scene: Scene) -> None:
    """A band with large letters across the picture."""
    width, height = scene.size
    letters = setter.size(18, 0.3 * height)
    line = setter.line(setter.style(letters, 0.4, 0.25), width * setter.between(0.5, 1.0))
    if line is None:
        return
    colour = random_colour(setter.rng)
    padding = letters * setter.between(0.3, 0.8)
    panel = setter.stack([line], setter.look(colour, letters, 0.6), padding, 0.5)
    wide = Panel((width * setter.between(1.0, 1.1), panel.size[1]))
    left = int(setter.between(0, max(1, wide.size[0] - panel.size[0])))
    part = panel.pixels[:, : wide.size[0] - left]
    wide.pixels[: part.shape[0], left : left + part.shape[1]] = part
    wide.boxes = [box + np.array([left, 0, left, 0]) for box in panel.boxes]
    wide.heights = panel.heights
    ground = plate_ground(setter, wide.size, colour)
    if setter.chance(0.4):
        SURFACES[int(setter.rng.integers(len(SURFACES)))](setter.rng, ground)
        ground = (0.35 * ground + 0.65 * np.array(colour)).astype(np.uint8)
    wide.cover(ground)
    matrix = homography(
        setter.rng, wide.size, float(setter.rng.normal(0, 3)), setter.between(0, 0.1)
    )
    y = setter.between(0, max(1, height - extent(wide.size, matrix)[1]))
    mount(scene, wide, moved(matrix, (-0.02 * width, y)), setter.between(0, 0.5))


def number(setter: Typesetter, scene: Scene) -> None:
    """A house number, a single letter, a short code; small or very large."""
    letters = setter.size(14, 0.6 * scene.size[1])
    line = setter.set(figure(setter.rng), setter.style(letters, 0.7, 0.0), scene.size[0] * 0.9)
    if line is None:
        return
    ground, spread = scene.ground(np.array([0, 0, *scene.size]))
    plate = setter.chance(0.65)
    colour = np.array(random_colour(setter.rng)) if plate else ground
    look = setter.look(colour, letters, 0.3, 0.0 if plate else spread)
    panel = setter.stack([line], look, letters * setter.between(0.15, 0.6) if plate else 3, 0)
    if plate:
        back(setter, panel, colour)
    put(setter, scene, panel, 1.0, setter.between(0, 0.5))
