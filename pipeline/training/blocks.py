"""Blocks of a page or a slide: paragraphs, bullets, tables, charts with labels."""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from pipeline.training.drawing import as_coverage, disc
from pipeline.training.lettering import Look, Style, fit_line, line_width, set_line
from pipeline.training.panel import Panel
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

    def _write(self, text: str, width: float, x: float, y: float, align: float = 0.0) -> None:
        self.setter.write(self.panel, text, self.style, self.look, (x, y), width, align)

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
        """Write a list with marks, in one or two levels."""
        left, top, right, bottom = self.area
        rng, letters = self.setter.rng, self.style.letter_height
        y, mark = top + letters, int(rng.integers(3))
        side = max(2, int(letters * 0.4))
        dot = np.zeros((side + 1, side + 1), dtype=np.uint8)
        if mark == 1:
            disc(dot, (side // 2, side // 2), side // 2, (255,) * 3)
        else:
            dot[side // 3 : side // 3 + 2] = 255
        while y < bottom:
            indent = letters * (1.6 if rng.chance(0.7) else 3.6)
            if mark:
                corner = int(left + indent - 1.5 * side - 3), int(y - letters * 0.7)
                self.panel.paint(as_coverage(dot), self.look.fill, corner)
            text = self.setter.texts.sentence(rng.whole(2, 11))
            self._write(text, right - left - indent, left + indent, y)
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

    def chart(self) -> None:
        """Draw bars or a curve between axes, with figures along them."""
        left, top, right, bottom = (int(value) for value in self.area)
        rng, letters, wide = self.setter.rng, self.style.letter_height, right - left
        inset, foot = int(4.5 * letters), int(bottom - top - 2.2 * letters)
        bars = rng.chance(0.5)
        xs = np.linspace(inset + 8, max(inset + 20, wide - 20), rng.whole(3, 9))
        ys = foot - rng.uniform(0.05, 0.9, len(xs)) * max(10, foot)
        colour = rng.contrasting((128, 128, 128), 0)
        drawn = np.zeros((foot + 1, wide), dtype=np.uint8)
        if bars:
            half = max(2, int((xs[1] - xs[0]) * rng.between(0.15, 0.45)))
            for x, y in zip(xs, ys, strict=True):
                cv2.rectangle(drawn, (int(x) - half, int(y)), (int(x) + half, foot), 255, -1)
        else:
            points = np.stack([xs, ys], axis=1).astype(np.int32)
            cv2.polylines(drawn, [points], False, 255, 2, cv2.LINE_AA)
        for end in ((wide, foot), (inset, 0)):
            cv2.line(drawn, (inset, foot), end, 255, 1)
        self.panel.paint(as_coverage(drawn), colour, (left, top))
        for x in xs:
            text, below = str(rng.whole(1, 3000)), top + foot + 1.7 * letters
            self._write(text, xs[1] - xs[0] - 6, left + x, below, 0.5)
        for y in np.linspace(foot, 10, 4):
            self._write(str(rng.whole(0, 100)), inset, left + inset - 6, top + y + letters / 2, 1)


PARTS: tuple[Callable[[Block], None], ...] = (
    *(Block.paragraph, Block.bullets, Block.bullets, Block.bullets, Block.table, Block.chart),
)
"""What a slide is made of, the frequent ones more than once."""
