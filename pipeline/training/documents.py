"""Pages, slides, notices and receipts: pictures or sheets filled with text."""

import cv2
import numpy as np
import numpy.typing as npt

from pipeline.training.blocks import PARTS, Area, paragraph
from pipeline.training.clutter import Canvas, random_colour
from pipeline.training.lettering import Look, Style
from pipeline.training.panel import Panel
from pipeline.training.plates import mounting, plate_ground, put
from pipeline.training.scene import Mounting, Scene, homography, mount, moved
from pipeline.training.surfaces import paper
from pipeline.training.texts import random_line, sentence, short_line
from pipeline.training.typesetter import Typesetter

_WHOLE = Mounting(tolerant=True)

Place = tuple[float, float]
"""Left margin and top, in pixels."""


def _ground(setter: Typesetter, size: tuple[int, int]) -> npt.NDArray[np.uint8]:
    """Return the ground of a slide: one colour, a gradient, or a photograph made dark or pale."""
    ground = np.empty((size[1], size[0], 3), dtype=np.uint8)
    kind = setter.rng.random()
    if kind < 0.5:
        ground[:] = (255, 255, 255) if setter.chance(0.6) else random_colour(setter.rng)
    elif kind < 0.72:
        ends = np.array([random_colour(setter.rng), random_colour(setter.rng)], dtype=np.float64)
        ends[1] = ends[0] + np.clip(ends[1] - ends[0], -50, 50)
        ramp = np.linspace(0, 1, size[1])[:, None, None]
        ground[:] = np.clip(ends[0] * (1 - ramp) + ends[1] * ramp, 0, 255).astype(np.uint8)
    elif kind < 0.85 and setter.photographs.scenes:
        photo = setter.photographs.scene(setter.rng, size)
        veil = 255 if setter.chance(0.5) else 0
        ground[:] = (0.25 * photo + 0.75 * veil).astype(np.uint8)
    else:
        ground[:] = (40, 30, 25) if setter.chance(0.5) else (235, 240, 245)
    return ground


def _heading(
    setter: Typesetter, panel: Panel, ground: npt.NDArray[np.uint8], letters: float, place: Place
) -> float:
    """Write a heading, sometimes on a band of its own; return where the rest may begin."""
    margin, y = place
    width = panel.size[0]
    if setter.chance(0.15):
        return y
    y += letters
    line = setter.line(setter.style(letters), width - 2 * margin)
    if setter.chance(0.25):
        ground[: int(y + letters * 0.8)] = random_colour(setter.rng)
    if line:
        look = setter.look(ground[int(y) - 2].mean(axis=0), letters, 0.1)
        centred = setter.chance(0.3)
        panel.write(line, look, (width - line.width) / 2 if centred else margin, y)
    return y + letters * setter.between(0.9, 1.6)


def _figure(setter: Typesetter, ground: npt.NDArray[np.uint8], area: Area) -> None:
    """Put a photograph without text on the slide's ground."""
    left, top, right, bottom = (int(value) for value in area)
    if setter.photographs.scenes and right - left > 30 and bottom - top > 30:
        photo = setter.photographs.scene(setter.rng, (right - left, bottom - top))
        ground[top:bottom, left:right] = photo


def slide(setter: Typesetter, scene: Scene) -> None:
    """A slide of a presentation that fills the picture, or most of it."""
    width, height = scene.size
    panel, ground = Panel(scene.size), _ground(setter, (width + 1, height + 1))
    colour = ground.mean(axis=(0, 1))
    margin, top = setter.between(0.03, 0.09) * width, setter.between(0.02, 0.07) * height
    letters = setter.size(6.5, 22)
    top = _heading(setter, panel, ground, letters * setter.between(1.3, 2.8), (margin, top))
    body, step = setter.style(letters, 0.85, 0.0), letters * setter.between(1.65, 3.0)
    look = setter.look(colour, letters, 0.0)
    columns = int(setter.rng.choice([1, 2, 3], p=[0.6, 0.32, 0.08]))
    wide, bottom = (width - 2 * margin) / columns, height * setter.between(0.6, 0.93)
    for column in range(columns):
        left = margin + column * wide
        area = (left, top, left + wide - 2 * letters, bottom)
        if column and setter.chance(0.25):
            _figure(setter, ground, area)
        elif bottom - top > 4 * letters and wide > 12 * letters:
            PARTS[int(setter.rng.integers(len(PARTS)))](setter, panel, area, body, look, step)
    if setter.chance(0.6):
        _footer(setter, panel, margin, Style(body.font, max(6.0, letters * 0.7)), look)
    panel.cover(ground)
    _show(setter, scene, panel)


def _show(setter: Typesetter, scene: Scene, panel: Panel) -> None:
    """Mount a panel over the whole picture, sometimes as filmed from a seat."""
    matrix = np.eye(3)
    if setter.chance(0.3):
        matrix = homography(setter.rng, panel.size, float(setter.rng.normal(0, 2)), 0.04)
        matrix = np.diag([0.93, 0.93, 1.0]) @ matrix
    mount(scene, panel, matrix, _WHOLE)


def _footer(setter: Typesetter, panel: Panel, margin: float, style: Style, look: Look) -> None:
    width, height = panel.size
    y = height - setter.between(0.5, 1.2) * style.letter_height
    left = setter.set(random_line(setter.rng, setter.words), style, width * 0.4)
    right = setter.set(str(int(setter.rng.integers(1, 60))), style, width * 0.1)
    if left:
        panel.write(left, look, margin, y)
    if right:
        panel.write(right, look, width - margin - right.width, y)


def _page_ground(setter: Typesetter, size: tuple[int, int]) -> npt.NDArray[np.uint8]:
    ground = np.zeros((size[1], size[0], 3), dtype=np.uint8)
    paper(setter.rng, ground)
    return np.asarray(255 - ground if setter.chance(0.15) else ground)


def page(setter: Typesetter, scene: Scene) -> None:
    """A printed page seen so near that text fills the picture, in one to three columns."""
    width, height = scene.size
    panel = Panel(scene.size)
    ground = _page_ground(setter, panel.size)
    letters, columns = setter.size(6, 24), int(setter.rng.choice([1, 1, 2, 3]))
    margin = setter.between(0.03, 0.14) * width
    head = letters * setter.between(1.2, 3)
    top = _heading(setter, panel, ground, head, (margin, margin * 0.5))
    wide = (width - 2 * margin) / columns
    style, step = setter.style(letters, 0.85, 0.0), letters * setter.between(1.5, 2.6)
    look = setter.look(ground.mean(axis=(0, 1)), letters, 0.0)
    for column in range(columns):
        left = margin + column * wide
        area = (left, top, left + wide - 2 * letters, height - margin * 0.4)
        if wide > 14 * letters:
            paragraph(setter, panel, area, style, look, step)
    panel.cover(ground)
    matrix = np.eye(3)
    if setter.chance(0.5):
        matrix = homography(setter.rng, panel.size, float(setter.rng.normal(0, 6)), 0.06)
        matrix = moved(matrix, (-8.0, -8.0))
    mount(scene, panel, matrix, _WHOLE)


def _sheet(setter: Typesetter, scene: Scene, low: float, high: float) -> tuple[Panel, Canvas]:
    """Return an empty sheet of paper, `low` to `high` of the picture wide, and its ground."""
    width, height = scene.size
    sheet = Panel((setter.between(low, high) * width, setter.between(0.4, 0.98) * height))
    colour = np.clip(setter.between(195, 252) + setter.rng.normal(0, 6, 3), 0, 255)
    return sheet, plate_ground(setter, sheet.size, colour)


def notice(setter: Typesetter, scene: Scene) -> None:
    """A sheet of paper with a heading and some running text, pinned to a surface."""
    sheet, ground = _sheet(setter, scene, 0.3, 0.85)
    letters = setter.size(7, 18)
    margin = letters * setter.between(1.0, 2.5)
    look = setter.look(ground.mean(axis=(0, 1)), letters, 0.0)
    y = _heading(setter, sheet, ground, letters * setter.between(1.3, 4), (margin, margin))
    body, step = setter.style(letters, 0.8, 0.0), letters * setter.between(1.6, 2.6)
    while y + step < sheet.size[1] - margin:
        y += step * (1.7 if setter.chance(0.15) else 1)
        if y > sheet.size[1] - margin or setter.chance(0.04):
            break
        text = sentence(setter.rng, setter.words, int(setter.rng.integers(2, 14)))
        line = setter.set(text, body, sheet.size[0] - 2 * margin)
        if line:
            sheet.write(line, look, margin, y)
    sheet.cover(ground)
    put(setter, scene, sheet, 1.0, mounting(setter, letters))


def receipt(setter: Typesetter, scene: Scene) -> None:
    """A narrow sheet with names at the left and figures at the right, each labelled."""
    sheet, ground = _sheet(setter, scene, 0.3, 0.6)
    letters = setter.size(6.5, 15)
    margin, room = letters * setter.between(0.8, 2), sheet.size[0] - 2 * letters
    look = setter.look(ground.mean(axis=(0, 1)), letters, 0.0)
    style, step = setter.style(letters, 0.9, 0.0), letters * setter.between(1.5, 2.2)
    ruled, y = setter.chance(0.4), margin
    while (y := y + step) < sheet.size[1] - margin:
        name = setter.set(short_line(setter.rng, setter.words), style, room * 0.5)
        value = int(setter.rng.integers(1, 10**5))
        price = setter.set(f"{value / 100:.2f}", style, room * 0.35)
        if name:
            sheet.write(name, look, margin, y)
        if price and setter.chance(0.85):
            sheet.write(price, look, sheet.size[0] - margin - price.width, y)
        if ruled:
            cv2.line(
                ground, (0, int(y + step * 0.3)), (sheet.size[0], int(y + step * 0.3)), look.fill
            )
        y += step if setter.chance(0.08) else 0
    sheet.cover(ground)
    put(setter, scene, sheet, 1.2, mounting(setter, letters))
