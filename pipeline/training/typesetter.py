"""The typesetter: chooses fonts, colours and words, and sets columns of lines on panels."""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from pipeline.training.fonts import Families, plain_families
from pipeline.training.lettering import Line, Look, Style, fit_line, set_line
from pipeline.training.panel import Panel
from pipeline.training.photographs import Photographs
from pipeline.training.scene import contrasting, luma
from pipeline.training.texts import random_line


@dataclass(frozen=True)
class Typesetter:
    """The fonts, words and photographs a picture may use, and the source of chance."""

    rng: np.random.Generator
    families: Families
    words: tuple[str, ...]
    photographs: Photographs

    def chance(self, share: float) -> bool:
        """Return True with the probability `share`."""
        return bool(self.rng.random() < share)

    def between(self, low: float, high: float) -> float:
        """Return a number from `low` to `high`, as likely near the one as near the other."""
        return float(self.rng.uniform(low, high))

    def size(self, low: float, high: float) -> float:
        """Return a number from `low` to `high` whose logarithm is uniform."""
        return float(np.exp(self.rng.uniform(np.log(low), np.log(high))))

    def style(self, letter_height: float, plain: float = 0.6, spaced: float = 0.08) -> Style:
        """Return a style with capitals of `letter_height` pixels, seldom spaced out."""
        families = plain_families(self.families) if self.chance(plain) else self.families
        family = families[int(self.rng.integers(len(families)))]
        font = family[int(self.rng.integers(len(family)))]
        tracking = letter_height * self.between(0.08, 0.5) if self.chance(spaced) else 0.0
        return Style(font, max(5.0, letter_height), tracking)

    def look(
        self, ground: npt.ArrayLike, letters: float, fancy: float = 0.3, spread: float = 0.0
    ) -> Look:
        """Return colours to be read on `ground`, whose brightness varies by `spread`."""
        rng = self.rng
        contrast = float(rng.choice([40.0, 75.0, 120.0], p=[0.15, 0.4, 0.45]))
        contrast = min(150.0, max(contrast, 1.6 * spread, 400 / letters))
        look = Look(contrasting(rng, ground, contrast))
        if self.chance(0.35):
            look = Look((255, 255, 255) if luma(ground) < 128 else (20, 20, 20))
        if self.chance(0.12):
            look = replace(look, wear=self.between(0.15, 0.4) if letters > 14 else 0.0)
        elif letters > 16 and luma(ground) < 90 and self.chance(0.12):
            return replace(look, dots=max(3, round(letters / self.between(7, 12))))
        return self._fancy(look, letters) if letters > 9 and self.chance(fancy) else look

    def _fancy(self, look: Look, letters: float) -> Look:
        rng, kind = self.rng, int(self.rng.integers(6))
        other = contrasting(rng, look.fill, 70)
        step = max(1, round(letters * self.between(0.04, 0.14)))
        if kind < 2:
            return replace(look, outline=step, outline_colour=other)
        if kind == 2:
            return replace(look, depth=step, depth_colour=other)
        if kind == 3:
            return replace(look, glow=self.between(0.5, 1.0), depth_colour=other)
        if kind == 4:
            return replace(look, fill_end=contrasting(rng, other, 60))
        return replace(look, emboss=letters > 20)

    def set(self, text: str, style: Style, max_width: float) -> Line | None:
        """Return a line at most `max_width` pixels wide."""
        line = set_line(fit_line(text, style, max_width), style)
        return line if line is not None and line.width <= max_width * 1.1 else None

    def line(self, style: Style, max_width: float) -> Line | None:
        """Return a line of random text."""
        return self.set(random_line(self.rng, self.words), style, max_width)

    def looks(self, ground: npt.ArrayLike, lines: list[Line], first: Look) -> list[Look]:
        """Return one look for each line: mostly the first one's."""
        return [
            self.look(ground, line.style.letter_height, 0.1) if self.chance(0.12) else first
            for line in lines
        ]

    def stack(self, lines: list[Line], looks: list[Look], padding: float, gap: float) -> Panel:
        """Return a panel with `lines` below each other, aligned somehow; `gap` in letters."""
        align = float(self.rng.choice([0.0, 0.5, 0.5, 1.0]))
        widest = max(line.width for line in lines)
        baselines, y = [], padding
        for line in lines:
            y += max(line.style.letter_height, -line.box[1])
            baselines.append(y)
            y += max(line.box[3], 0) + gap * line.style.letter_height
        last = lines[-1]
        panel = Panel((widest + 2 * padding, y - gap * last.style.letter_height + padding))
        for line, look, baseline in zip(lines, looks, baselines, strict=True):
            x = padding + align * (widest - line.width)
            panel.write(line, look, x, baseline, int(self.rng.integers(1 << 30)))
        return panel
