"""Lettering: a line of text as a mask, and panels (flat pieces) that lines are painted on."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

from pipeline.training.drawing import Canvas, Colour, Field, Point, Size, as_coverage

Boxes = npt.NDArray[np.float64]

_INK = 64


@dataclass(frozen=True)
class Style:
    """How a line is set; lengths in pixels."""

    font: Path
    letter_height: float
    tracking: float = 0.0


@dataclass(frozen=True)
class Look:
    """The colours of a line; outline and dots (the distance of lamps) in pixels."""

    fill: Colour
    outline: int = 0
    outline_colour: Colour = (0, 0, 0)
    fill_end: Colour | None = None
    dots: int = 0


@dataclass(frozen=True)
class Line:
    """A line ready to be painted.

    mask: (height, width) uint8, the coverage of the ink. baseline, left: where the line's origin
    lies in it. box: xyxy around the ink, relative to that origin.
    """

    mask: Canvas
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
    return load_font(style.font, style.letter_height).getlength(text) + style.tracking * len(text)


def fit_line(text: str, style: Style, max_width: float) -> str:
    """Return `text` without the last words (then letters) that exceed `max_width` pixels."""
    while line_width(text, style) > max_width and len(text) > 1:
        text = text.rsplit(" ", 1)[0] if " " in text.strip() else text[:-1]
    return text.strip()


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
    left, top, width, height = cv2.boundingRect((mask > _INK).astype(np.uint8))
    if not width or not height:
        return None
    x, y = margin, margin + ascent
    box = np.array([left - x, top - y, left + width - x, top + height - y], dtype=np.float64)
    return Line(mask, y, x, box, style)


def _layers(line: Line, look: Look) -> Iterator[tuple[Field, npt.ArrayLike]]:
    ink, fill = as_coverage(line.mask), np.asarray(look.fill, dtype=np.float32)
    if look.outline:
        side = 2 * look.outline + 1
        kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
        yield np.asarray(cv2.dilate(ink, kernel), dtype=np.float32), look.outline_colour
    if look.fill_end is not None:
        ramp = np.linspace(0, 1, ink.shape[0], dtype=np.float32)[:, None, None]
        blend = fill * (1 - ramp) + np.asarray(look.fill_end, dtype=np.float32) * ramp
        fill = np.broadcast_to(blend, (*ink.shape, 3))
    if look.dots:
        rows, columns = (np.arange(n) % look.dots > look.dots / 3 for n in ink.shape)
        ink = ink * (rows[:, None] & columns[None])
    yield ink, fill


class Panel:
    """A piece with lettering.

    pixels: (height, width, 4) float32, premultiplied BGR 0-255 and coverage 0-1.
    boxes: xyxy in pixels, one for each line. heights: of the lines' capitals, in pixels.
    """

    def __init__(self, size: Point) -> None:
        self.pixels = np.zeros((int(size[1]) + 1, int(size[0]) + 1, 4), dtype=np.float32)
        self.boxes: list[Boxes] = []
        self.heights: list[float] = []

    @property
    def size(self) -> Size:
        return self.pixels.shape[1], self.pixels.shape[0]

    def cover(self, image: Canvas, coverage: Field | None = None) -> None:
        """Put an opaque ground (height, width, 3) below everything, where `coverage` is 1."""
        share = np.ones(image.shape[:2], np.float32) if coverage is None else coverage
        ground = np.dstack([image.astype(np.float32) * share[:, :, None], share])
        self.pixels += ground * (1 - self.pixels[:, :, 3:])

    def paint(self, coverage: Field, colour: npt.ArrayLike, corner: tuple[int, int]) -> None:
        """Paint over the panel where `coverage` (height, width) 0-1 says, from `corner` on."""
        width, height = self.size
        x1, y1 = max(0, corner[0]), max(0, corner[1])
        x2 = min(width, corner[0] + coverage.shape[1])
        y2 = min(height, corner[1] + coverage.shape[0])
        if x1 >= x2 or y1 >= y2:
            return
        cut = (slice(y1 - corner[1], y2 - corner[1]), slice(x1 - corner[0], x2 - corner[0]))
        share = coverage[cut][:, :, None]
        ink = np.asarray(colour, dtype=np.float32)
        ink = ink[cut] if ink.ndim == 3 else ink[None, None]
        layer = np.concatenate([ink * share, share], axis=2)
        below = self.pixels[y1:y2, x1:x2]
        self.pixels[y1:y2, x1:x2] = layer + below * (1 - share)

    def write(self, line: Line, look: Look, x: float, y: float) -> None:
        """Paint a line whose origin (left end of the baseline) lies at (x, y); label it."""
        for coverage, colour in _layers(line, look):
            self.paint(coverage, colour, (round(x) - line.left, round(y) - line.baseline))
        self.boxes.append(line.box + np.array([round(x), round(y)] * 2, dtype=np.float64))
        self.heights.append(line.style.letter_height)
