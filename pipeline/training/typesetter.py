"""The typesetter: chooses fonts, colours and words, and sets columns of lines on panels."""

import re
from collections import defaultdict
from dataclasses import dataclass, replace
from pathlib import Path

import numpy.typing as npt
import yaml
from PIL import ImageFont

from pipeline.training.backgrounds import Photographs
from pipeline.training.drawing import Point, Rng, luma
from pipeline.training.lettering import Line, Look, Panel, Style, fit_line, set_line
from pipeline.training.texts import Texts, vocabulary

_LISTS = yaml.safe_load(Path(__file__).with_name("fonts.yaml").read_text(encoding="utf-8"))
HELD_OUT, _PLAIN, _NOT_FOR_READING = (
    tuple(_LISTS[name].split()) for name in ("held_out", "plain", "not_for_reading")
)
_PROBE = "AgHR05zéü"

Families = list[list[Path]]


class FontsMissing(Exception):
    """No fonts were found."""


def family_name(path: Path) -> str:
    """Return the first part of a file's name, in small letters: `Lato-Bold.ttf` gives `lato`."""
    return re.split(r"[-_.]", path.stem.lower().replace(" ", ""))[0]


def _can_write(path: Path) -> bool:
    try:
        font = ImageFont.truetype(str(path), 40)
        missing = bytes(font.getmask("\U0010fffd"))
        glyphs = [font.getmask(letter) for letter in _PROBE]
    except OSError:
        return False
    sane = all(0 < glyph.size[1] < 90 and 0 < glyph.size[0] < 120 for glyph in glyphs)
    return sane and all(bytes(glyph) != missing for glyph in glyphs)


def find_families(root: Path, held_out: bool) -> Families:
    """Return the font files below `root`, one list for each family, in a fixed order.

    Raises FontsMissing when a share of the split is empty.
    """
    families: dict[str, list[Path]] = defaultdict(list)
    for path in sorted(root.rglob("*.[ot]tf")):
        name = family_name(path)
        if name.startswith(HELD_OUT) != held_out:
            continue
        if not any(part in path.name.lower() for part in _NOT_FOR_READING) and _can_write(path):
            families[name].append(path)
    if not families:
        share = "held-out" if held_out else "training"
        raise FontsMissing(f"no {share} fonts below {root}; MODEL_CARD.md names the packages")
    return [families[name] for name in sorted(families)]


def plain_families(families: Families) -> Families:
    """Return the families for everyday reading, or all of them where there is none."""
    plain = [family for family in families if family_name(family[0]).startswith(_PLAIN)]
    return plain or families


@dataclass(frozen=True)
class Sources:
    """What the pictures of one split are made of."""

    families: Families
    words: tuple[str, ...]
    photographs: Photographs


def find_sources(fonts: Path, photos: Path, held_out: bool) -> Sources:
    photographs = Photographs(photos, held_out)
    return Sources(find_families(fonts, held_out), vocabulary(held_out), photographs)


class Typesetter:
    """Sets random lines; `photographs` are there for slides."""

    def __init__(self, rng: Rng, sources: Sources) -> None:
        self.rng, self.families, self.photographs = rng, sources.families, sources.photographs
        self.texts = Texts(rng, sources.words)

    def style(self, letter_height: float, plain: float = 0.6, spaced: float = 0.08) -> Style:
        """Return a style with capitals of `letter_height` pixels, seldom spaced out."""
        rng = self.rng
        families = plain_families(self.families) if rng.chance(plain) else self.families
        font = rng.pick(rng.pick(families))
        tracking = letter_height * rng.between(0.08, 0.5) if rng.chance(spaced) else 0.0
        return Style(font, max(5.0, letter_height), tracking)

    def look(
        self, ground: npt.ArrayLike, letters: float, fancy: float = 0.3, spread: float = 0.0
    ) -> Look:
        """Return colours to be read on `ground`, whose brightness varies by `spread`."""
        rng = self.rng
        contrast = float(rng.choice([40.0, 75.0, 120.0], p=[0.15, 0.4, 0.45]))
        contrast = min(150.0, max(contrast, 1.6 * spread, 400 / letters))
        look = Look(rng.contrasting(ground, contrast))
        if rng.chance(0.35):
            look = Look((255, 255, 255) if luma(ground) < 128 else (20, 20, 20))
        if letters > 16 and luma(ground) < 90 and rng.chance(0.12):
            return replace(look, dots=max(3, round(letters / rng.between(7, 12))))
        return self._fancy(look, letters) if letters > 9 and rng.chance(fancy) else look

    def _fancy(self, look: Look, letters: float) -> Look:
        rng, kind = self.rng, int(self.rng.integers(3))
        other = rng.contrasting(look.fill, 70)
        step = max(1, round(letters * rng.between(0.04, 0.14)))
        if kind < 2:
            return replace(look, outline=step, outline_colour=other)
        return replace(look, fill_end=rng.contrasting(other, 60))

    def set(self, text: str, style: Style, max_width: float) -> Line | None:
        line = set_line(fit_line(text, style, max_width), style)
        return line if line is not None and line.width <= max_width * 1.1 else None

    def write(
        self, panel: Panel, text: str, style: Style, look: Look, origin: Point, max_width: float
    ) -> None:
        """Write a line on `panel` from the left end `origin` of its baseline on."""
        line = self.set(text, style, max_width)
        if line:
            panel.write(line, look, *origin)

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
            panel.write(line, look, padding + align * (widest - line.width), baseline)
        return panel
