"""Pages, slides and notices: pictures or sheets filled with text."""

import numpy as np
import numpy.typing as npt

from pipeline.training.blocks import PARTS, paragraph
from pipeline.training.clutter import random_colour
from pipeline.training.lettering import Look, Style
from pipeline.training.panel import Panel
from pipeline.training.plates import plate_ground, put
from pipeline.training.scene import Scene, homography, mount, moved
from pipeline.training.surfaces import paper
from pipeline.training.texts import random_line, sentence
from pipeline.training.typesetter import Typesetter


def _ground(setter: Typesetter, size: tuple[int, int]) -> npt.NDArray[np.uint8]:
    ground = np.empty((size[1], size[0], 3), dtype=np.uint8)
    kind = setter.rng.random()
    if kind < 0.5:
        ground[:] = (255, 255, 255) if setter.chance(0.6) else random_colour(setter.rng)
    elif kind < 0.75:
        ends = np.array([random_colour(setter.rng), random_colour(setter.rng)], dtype=np.float64)
        ends[1] = ends[0] + np.clip(ends[1] - ends[0], -50, 50)
        ramp = np.linspace(0, 1, size[1])[:, None, None]
        ground[:] = np.clip(ends[0] * (1 - ramp) + ends[1] * ramp, 0, 255).astype(np.uint8)
    else:
        ground[:] = (40, 30, 25) if setter.chance(0.5) else (235, 240, 245)
    return ground


def slide(setter: Typesetter, scene: Scene) -> None:
    """A slide of a presentation that fills the picture, or most of it."""
    width, height = scene.size
    panel, ground = Panel(scene.size), _ground(setter, (width + 1, height + 1))
    colour = ground.mean(axis=(0, 1))
    margin, y = setter.between(0.03, 0.09) * width, setter.between(0.02, 0.07) * height
    letters = setter.size(6.5, 22)
    title = setter.style(letters * setter.between(1.3, 2.8))
    if setter.chance(0.85):
        y += title.letter_height
        line = setter.line(title, width - 2 * margin)
        if setter.chance(0.25):
            band, colour_band = int(y + title.letter_height * 0.8), random_colour(setter.rng)
            ground[:band] = colour_band
        if line:
            look = setter.look(ground[int(y) - 2].mean(axis=0), title.letter_height, 0.1)
            panel.write(line, look, margin, y)
        y += title.letter_height * setter.between(0.9, 1.6)
    body, step = setter.style(letters, 0.85, 0.0), letters * setter.between(1.65, 3.0)
    look = setter.look(colour, letters, 0.0)
    columns = int(setter.rng.choice([1, 2, 3], p=[0.6, 0.32, 0.08]))
    wide = (width - 2 * margin) / columns
    bottom = height * setter.between(0.6, 0.93)
    for column in range(columns):
        part = PARTS[int(setter.rng.integers(len(PARTS)))]
        left = margin + column * wide
        if bottom - y > 4 * letters and wide > 12 * letters:
            part(setter, panel, (left, y, left + wide - 2 * letters, bottom), body, look, step)
    if setter.chance(0.6):
        _footer(setter, panel, margin, Style(body.font, max(6.0, letters * 0.7)), look)
    panel.cover(ground)
    matrix = np.eye(3)
    if setter.chance(0.3):
        matrix = homography(setter.rng, panel.size, float(setter.rng.normal(0, 2)), 0.04)
        matrix = np.diag([0.93, 0.93, 1.0]) @ matrix
    mount(scene, panel, matrix, tolerant=True)


def _footer(setter: Typesetter, panel: Panel, margin: float, style: Style, look: Look) -> None:
    width, height = panel.size
    y = height - setter.between(0.5, 1.2) * style.letter_height
    left = setter.set(random_line(setter.rng, setter.words), style, width * 0.4)
    right = setter.set(str(int(setter.rng.integers(1, 60))), style, width * 0.1)
    if left:
        panel.write(left, look, margin, y)
    if right:
        panel.write(right, look, width - margin - right.width, y)


def page(setter: Typesetter, scene: Scene) -> None:
    """A printed page seen so near that text fills the picture, in one to three columns."""
    width, height = scene.size
    panel = Panel(scene.size)
    ground = np.zeros((panel.size[1], panel.size[0], 3), dtype=np.uint8)
    paper(setter.rng, ground)
    if setter.chance(0.15):
        ground[:] = 255 - ground
    letters = setter.size(6, 24)
    columns = int(setter.rng.choice([1, 1, 2, 3]))
    margin = setter.between(0.03, 0.14) * width
    wide = (width - 2 * margin) / columns
    style, step = setter.style(letters, 0.85, 0.0), letters * setter.between(1.5, 2.6)
    look = setter.look(ground.mean(axis=(0, 1)), letters, 0.0)
    top = margin * 0.5
    head = setter.line(setter.style(letters * setter.between(1.2, 3)), width - 2 * margin)
    if head and setter.chance(0.6):
        top += head.style.letter_height
        panel.write(head, look, margin, top)
        top += letters * setter.between(1, 2)
    for column in range(columns):
        left = margin + column * wide
        if wide > 14 * letters:
            paragraph(
                setter,
                panel,
                (left, top, left + wide - 2 * letters, height - margin * 0.4),
                style,
                look,
                step,
            )
    panel.cover(ground)
    turned = setter.chance(0.5)
    matrix = homography(setter.rng, panel.size, float(setter.rng.normal(0, 4)), 0.05)
    matrix = moved(matrix, (-8.0, -8.0)) if turned else np.eye(3)
    mount(scene, panel, matrix, tolerant=True)


def notice(setter: Typesetter, scene: Scene) -> None:
    """A sheet of paper with a heading and some running text, pinned to a surface."""
    width, height = scene.size
    letters = setter.size(7, 18)
    sheet = Panel((setter.between(0.3, 0.85) * width, setter.between(0.4, 0.98) * height))
    paper = np.clip(setter.between(195, 252) + setter.rng.normal(0, 6, 3), 0, 255)
    look = setter.look(paper, letters, 0.0)
    margin = letters * setter.between(1.0, 2.5)
    room, y = sheet.size[0] - 2 * margin, margin
    head = setter.line(setter.style(letters * setter.between(1.3, 4)), room)
    if head:
        y += head.style.letter_height
        sheet.write(
            head,
            setter.look(paper, letters),
            margin + setter.rng.integers(2) * (room - head.width) / 2,
            y,
        )
        y += letters * setter.between(1.0, 2.5)
    body, step = setter.style(letters, 0.8, 0.0), letters * setter.between(1.6, 2.6)
    while y + step < sheet.size[1] - margin:
        y += step * (1.7 if setter.chance(0.15) else 1)
        if y > sheet.size[1] - margin or setter.chance(0.04):
            break
        count = int(setter.rng.integers(2, 14))
        line = setter.set(sentence(setter.rng, setter.words, count), body, room)
        if line:
            sheet.write(line, look, margin, y)
    sheet.cover(plate_ground(setter, sheet.size, paper))
    put(setter, scene, sheet, 0.8, setter.between(0.1, 0.6))
