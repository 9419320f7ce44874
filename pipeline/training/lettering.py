"""Lettering: a line of text as a mask, and how its ink is painted."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

Mask = npt.NDArray[np.uint8]
Colour = tuple[float, float, float]
"""Blue, green, red, 0-255."""

_INK = 64


@dataclass(frozen=True)
class Style:
    """How a line is set; lengths in pixels, the arc it stands on in radians (0: straight)."""

    font: Path
    letter_height: float
    tracking: float = 0.0
    arc: float = 0.0


@dataclass(frozen=True)
class Look:
    """The colours of a line. Outline and depth in pixels; wear is the share of ink rubbed off.

    dots: distance in pixels of the lamps the letters are made of, 0 for whole letters.
    """

    fill: Colour
    outline: int = 0
    outline_colour: Colour = (0, 0, 0)
    depth: int = 0
    depth_colour: Colour = (0, 0, 0)
    glow: float = 0.0
    emboss: bool = False
    wear: float = 0.0
    fill_end: Colour | None = None
    dots: int = 0


@dataclass(frozen=True)
class Line:
    """A line ready to be painted.

    mask: (height, width) uint8, the coverage of the ink. baseline, left: where the line's origin
    lies in it. box: xyxy around the ink, relative to that origin.
    """

    mask: Mask
    baseline: int
    left: int
    box: npt.NDArray[np.float64]
    style: Style

    @property
    def width(self) -> float:
        """Width of the ink in pixels, from the origin on."""
        return float(self.box[2])


@lru_cache(maxsize=4000)
def _cap_ratio(font: Path) -> float:
    """Return the height of a capital as a share of the font size."""
    _, top, _, bottom = ImageFont.truetype(str(font), 200).getbbox("H", anchor="ls")
    return max(0.3, (bottom - top) / 200)


@lru_cache(maxsize=600)
def load_font(font: Path, letter_height: float) -> ImageFont.FreeTypeFont:
    """Return the font at the size whose capitals are `letter_height` pixels high."""
    return ImageFont.truetype(str(font), max(5.0, letter_height / _cap_ratio(font)))


def line_width(text: str, style: Style) -> float:
    """Return how wide `text` is set, in pixels."""
    return load_font(style.font, style.letter_height).getlength(text) + style.tracking * len(text)


def fit_line(text: str, style: Style, max_width: float) -> str:
    """Return `text` without the last words (then letters) that exceed `max_width` pixels."""
    while line_width(text, style) > max_width and len(text) > 1:
        text = text.rsplit(" ", 1)[0] if " " in text.strip() else text[:-1]
    return text.strip()


def _bend(mask: Mask, arc: float) -> Mask:
    """Return the mask on an arc of a circle, `arc` radians long; below zero it hangs down."""
    if arc < 0:
        return np.ascontiguousarray(_bend(mask[::-1], -arc)[::-1])
    height, width = mask.shape
    inner = width / arc
    outer, half = inner + height, min(arc / 2, np.pi / 2)
    size = (int(2 * outer * np.sin(half)) + 3, int(outer - inner * np.cos(half)) + 3)
    y, x = np.mgrid[: size[1], : size[0]].astype(np.float32)
    across, up = x - size[0] / 2, outer + 1 - y
    columns = (np.arctan2(across, up) / arc + 0.5) * width
    rows = outer - np.hypot(across, up)
    bent = cv2.remap(mask, columns.astype(np.float32), rows.astype(np.float32), cv2.INTER_LINEAR)
    return np.asarray(bent, dtype=np.uint8)


def set_line(text: str, style: Style, space: float = 0.0) -> Line | None:
    """Set a line; every space is `space` pixels wider. None when the font shows nothing."""
    font = load_font(style.font, style.letter_height)
    ascent, descent = font.getmetrics()
    margin = 3 + int(0.3 * style.letter_height)
    extra = style.tracking * len(text) + space * text.count(" ")
    size = (int(font.getlength(text) + extra) + 2 * margin, ascent + descent + 2 * margin)
    if not 0 < size[0] * size[1] < 4_000_000:
        return None
    layer = Image.new("L", size)
    draw, x = ImageDraw.Draw(layer), float(margin)
    pieces = [text] if not (style.tracking or space) else list(text)
    for piece in pieces:
        draw.text((x, margin + ascent), piece, fill=255, font=font, anchor="ls")
        x += font.getlength(piece) + style.tracking + (space if piece == " " else 0)
    mask = np.asarray(layer, dtype=np.uint8)
    return _as_line(mask, (margin, margin + ascent), style)


def _as_line(mask: Mask, origin: tuple[int, int], style: Style) -> Line | None:
    """Bend the mask if so styled and measure its ink; a bent line stands on its lowest ink."""
    if style.arc:
        mask = _bend(mask, style.arc)
    left, top, width, height = cv2.boundingRect((mask > _INK).astype(np.uint8))
    if not width or not height:
        return None
    x, y = (left, top + height) if style.arc else origin
    box = np.array([left - x, top - y, left + width - x, top + height - y], dtype=np.float64)
    return Line(mask, y, x, box, style)
