"""Pages, slides and notices: pictures or sheets filled with paragraphs, bullets and tables."""

from dataclasses import dataclass

import numpy as np

from pipeline.training.backgrounds import Photographs, paper
from pipeline.training.drawing import Canvas, Point, Rng, Size, filled
from pipeline.training.lettering import Look, Panel, Style, fit_line, line_width, set_line
from pipeline.training.scene import Mounting, Scene, homography, mount, moved
from pipeline.training.signs import mounting, plate_ground, put
from pipeline.training.typesetter import Typesetter


@dataclass(frozen=True)
class Block:
    """A part of a panel to be filled; lengths in pixels.

    area: left, top, right, bottom. step: from one baseline to the next.
    """

    setter: Typesetter
    panel: Panel
    area: tuple[float, float, float, float]
    style: Style
    look: Look
    step: float

    def paragraph(self) -> None:
        left, top, right, bottom = self.area
        rng, style, room = self.setter.rng, self.style, right - left
        justified, y = rng.chance(0.5), top + style.letter_height
        until_break = rng.whole(2, 10)
        while y < bottom:
            last = until_break == 0
            text = self.setter.texts.sentence(rng.whole(1, 8) if last else 40)
            text = fit_line(text, style, room)
            free, spaces = room - line_width(text, style), text.count(" ")
            space = free / spaces if justified and not last and spaces > 2 else 0
            line = set_line(text, style, space)
            if line:
                self.panel.write(line, self.look, left, y)
            y += self.step * (rng.between(1.2, 1.9) if last else 1)
            until_break = rng.whole(2, 10) if last else until_break - 1

    def bullets(self) -> None:
        left, top, right, bottom = self.area
        rng, letters = self.setter.rng, self.style.letter_height
        y = top + letters
        while y < bottom:
            indent = letters * (1.6 if rng.chance(0.7) else 3.6)
            text = self.setter.texts.sentence(rng.whole(2, 11))
            origin, room = (left + indent, y), right - left - indent
            self.setter.write(self.panel, text, self.style, self.look, origin, room)
            y += self.step

    def table(self) -> None:
        """Write rows of cells with rules between them; each cell has its own label."""
        left, top, right, bottom = self.area
        setter, panel, ink = self.setter, self.panel, self.look.fill
        columns = setter.rng.whole(2, 6)
        wide, y = (right - left) / columns, top + self.style.letter_height
        ruled = setter.rng.integers(3)
        while y < bottom:
            for column in range(columns):
                room = wide - 2 * self.style.letter_height
                line = setter.set(setter.texts.short(), self.style, room)
                if line and not setter.rng.chance(0.05):
                    panel.write(line, self.look, left + column * wide + 3, y)
            if ruled:
                rule = np.ones((1, max(1, int(right - left))), np.float32)
                panel.paint(rule, ink, (int(left), int(y + self.step * 0.35)))
            y += self.step
        if ruled == 2:
            rule = np.ones((max(1, int(y - top - self.step)), 1), np.float32)
            for column in range(columns + 1):
                panel.paint(rule, ink, (int(left + column * wide) - 3, int(top)))


PARTS = (Block.paragraph, Block.bullets, Block.bullets, Block.table)
"""What a slide is made of, the frequent ones more than once."""


_WHOLE = Mounting(tolerant=True)


def _slide_ground(rng: Rng, size: Size, photographs: Photographs) -> Canvas:
    """Return one colour, a gradient, or a photograph made dark or pale."""
    kind = rng.random()
    if kind < 0.5:
        return filled(size, (255, 255, 255) if rng.chance(0.6) else rng.colour())
    if kind < 0.72:
        ends = np.array([rng.colour(), rng.colour()], dtype=np.float64)
        ends[1] = ends[0] + np.clip(ends[1] - ends[0], -50, 50)
        ramp = np.linspace(0, 1, size[1])[:, None, None]
        rows = np.clip(ends[0] * (1 - ramp) + ends[1] * ramp, 0, 255).astype(np.uint8)
        return np.ascontiguousarray(np.broadcast_to(rows, (size[1], size[0], 3)))
    if kind < 0.85:
        photo = photographs.scene(rng, size)
        veil = 255 if rng.chance(0.5) else 0
        return (0.25 * photo + 0.75 * veil).astype(np.uint8)
    return filled(size, (40, 30, 25) if rng.chance(0.5) else (235, 240, 245))


def _heading(
    setter: Typesetter, panel: Panel, ground: Canvas, letters: float, place: Point
) -> float:
    """Write a heading, sometimes on a band of its own; return where the rest may begin.

    The place is the left margin and the top, in pixels.
    """
    (margin, y), width, rng = place, panel.size[0], setter.rng
    if rng.chance(0.15):
        return y
    y += letters
    style = setter.style(letters)
    line = setter.set(setter.texts.line(), style, width - 2 * margin)
    if rng.chance(0.25):
        ground[: int(y + letters * 0.8)] = rng.colour()
    if line:
        look = setter.look(ground[int(y) - 2].mean(axis=0), letters, 0.1)
        centred = rng.chance(0.3)
        panel.write(line, look, (width - line.width) / 2 if centred else margin, y)
    return y + letters * rng.between(0.9, 1.6)


def slide(setter: Typesetter, scene: Scene) -> None:
    """A slide of a presentation that fills the picture, sometimes as filmed from a seat."""
    rng, (width, height) = setter.rng, scene.size
    panel = Panel(scene.size)
    ground = _slide_ground(rng, panel.size, setter.photographs)
    colour = ground.mean(axis=(0, 1))
    margin, top = rng.between(0.03, 0.09) * width, rng.between(0.02, 0.07) * height
    letters = rng.log_uniform(6.5, 22)
    top = _heading(setter, panel, ground, letters * rng.between(1.3, 2.8), (margin, top))
    body, step = setter.style(letters, 0.85, 0.0), letters * rng.between(1.65, 3.0)
    look = setter.look(colour, letters, 0.0)
    columns = int(rng.choice([1, 2, 3], p=[0.6, 0.32, 0.08]))
    wide, bottom = (width - 2 * margin) / columns, height * rng.between(0.6, 0.93)
    for column in range(columns):
        left = margin + column * wide
        area = (left, top, left + wide - 2 * letters, bottom)
        if column and rng.chance(0.25):
            x1, y1, x2, y2 = (int(value) for value in area)
            if x2 - x1 > 30 and y2 - y1 > 30:
                ground[y1:y2, x1:x2] = setter.photographs.scene(rng, (x2 - x1, y2 - y1))
        elif bottom - top > 4 * letters and wide > 12 * letters:
            rng.pick(PARTS)(Block(setter, panel, area, body, look, step))
    panel.cover(ground)
    matrix = np.eye(3)
    if rng.chance(0.3):
        matrix = homography(rng, panel.size, float(rng.normal(0, 2)), 0.04)
        matrix = np.diag([0.93, 0.93, 1.0]) @ matrix
    mount(scene, panel, matrix, _WHOLE)


def page(setter: Typesetter, scene: Scene) -> None:
    """A printed page seen so near that text fills the picture, in one to three columns."""
    rng, (width, height) = setter.rng, scene.size
    panel = Panel(scene.size)
    ground = filled(panel.size, 0)
    paper(rng, ground)
    ground = np.asarray(255 - ground if rng.chance(0.15) else ground)
    letters, columns = rng.log_uniform(6, 24), int(rng.choice([1, 1, 2, 3]))
    margin = rng.between(0.03, 0.14) * width
    head = letters * rng.between(1.2, 3)
    top = _heading(setter, panel, ground, head, (margin, margin * 0.5))
    wide = (width - 2 * margin) / columns
    style, step = setter.style(letters, 0.85, 0.0), letters * rng.between(1.5, 2.6)
    look = setter.look(ground.mean(axis=(0, 1)), letters, 0.0)
    for left in [margin + column * wide for column in range(columns)]:
        area = (left, top, left + wide - 2 * letters, height - margin * 0.4)
        if wide > 14 * letters:
            Block(setter, panel, area, style, look, step).paragraph()
    panel.cover(ground)
    matrix = np.eye(3)
    if rng.chance(0.5):
        matrix = homography(rng, panel.size, float(rng.normal(0, 6)), 0.06)
        matrix = moved(matrix, (-8.0, -8.0))
    mount(scene, panel, matrix, _WHOLE)


def notice(setter: Typesetter, scene: Scene) -> None:
    """A sheet of paper with a heading and some running text, pinned to a surface."""
    rng, (width, height) = setter.rng, scene.size
    sheet = Panel((rng.between(0.3, 0.85) * width, rng.between(0.4, 0.98) * height))
    colour = np.clip(rng.between(195, 252) + rng.normal(0, 6, 3), 0, 255)
    ground = plate_ground(setter, sheet.size, colour)
    letters = rng.log_uniform(7, 18)
    margin = letters * rng.between(1.0, 2.5)
    look = setter.look(ground.mean(axis=(0, 1)), letters, 0.0)
    y = _heading(setter, sheet, ground, letters * rng.between(1.3, 4), (margin, margin))
    body, step = setter.style(letters, 0.8, 0.0), letters * rng.between(1.6, 2.6)
    bottom = sheet.size[1] - margin
    while y + step < bottom:
        y += step * (1.7 if rng.chance(0.15) else 1)
        if y > bottom or rng.chance(0.04):
            break
        text = setter.texts.sentence(rng.whole(2, 14))
        setter.write(sheet, text, body, look, (margin, y), sheet.size[0] - 2 * margin)
    sheet.cover(ground)
    put(setter, scene, sheet, 1.0, mounting(setter, letters))
