"""Blocks of a page or a slide: paragraphs, bullets, tables."""

from dataclasses import dataclass

import numpy as np

from pipeline.training.lettering import Look, Panel, Style, fit_line, line_width, set_line
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
        """Write running text, justified or ragged."""
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
        """Write a list in one or two levels."""
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
