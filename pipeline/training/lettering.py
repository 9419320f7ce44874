"""Lettering as masks: plate, outline and fill of a block of lines, with one box for each line."""

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

PLATE, OUTLINE, FILL = 0, 1, 2
"""The channels of a block's mask."""

CAP_HEIGHT = 0.72
"""Height of a capital letter as a share of the font size, typical of Latin fonts."""


@dataclass(frozen=True)
class Style:
    """How a block of lines is set; lengths in pixels."""

    font: Path
    letter_height: float
    outline: int = 0
    line_gap: float = 0.5
    align: str = "left"
    plate: str = "none"
    padding: int = 0


@dataclass(frozen=True)
class Block:
    """A block of lines before it has colours.

    mask: (height, width, 3) uint8, coverage 0-255 by plate, outline and fill.
    boxes: (lines, 4) float64, xyxy in pixels of the mask: from the top to the bottom of the ink and
    as wide as the line is set, side bearings included.
    """

    mask: npt.NDArray[np.uint8]
    boxes: npt.NDArray[np.float64]
    style: Style

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.mask.shape[1], self.mask.shape[0]


def load_font(style: Style) -> ImageFont.FreeTypeFont:
    """Return the font at the size whose capitals are `letter_height` high."""
    return ImageFont.truetype(str(style.font), max(6, round(style.letter_height / CAP_HEIGHT)))


def fit_line(text: str, style: Style, max_width: float) -> str:
    """Return `text` without the last words (then letters) that exceed `max_width` pixels."""
    font = load_font(style)
    while font.getlength(text) > max_width and len(text) > 1:
        text = text.rsplit(" ", 1)[0] if " " in text.strip() else text[:-1]
    return text.strip()


def _draw_plate(shape: str, size: tuple[int, int]) -> Image.Image:
    plate = Image.new("L", size)
    width, height = size
    draw = ImageDraw.Draw(plate)
    if shape == "box":
        draw.rectangle((0, 0, width, height), fill=255)
    elif shape == "round":
        draw.rounded_rectangle((0, 0, width - 1, height - 1), radius=min(size) // 4, fill=255)
    elif shape == "slanted":
        slant = min(height // 3, width // 4)
        draw.polygon([(slant, 0), (width, 0), (width - slant, height), (0, height)], fill=255)
    return plate


def _left(align: str, free: float) -> float:
    return {"left": 0.0, "center": free / 2, "right": free}[align]


def _draw_lines(
    lines: list[str],
    origins: list[tuple[float, float]],
    style: Style,
    size: tuple[int, int],
    outline: int,
) -> Image.Image:
    layer = Image.new("L", size)
    draw = ImageDraw.Draw(layer)
    for line, origin in zip(lines, origins, strict=True):
        draw.text(origin, line, fill=255, font=load_font(style), stroke_width=outline)
    return layer


def render_block(lines: list[str], style: Style) -> Block:
    """Set `lines` below each other in a block as large as ink, outline and padding need."""
    font = load_font(style)
    ink = np.array([font.getbbox(line) for line in lines], dtype=np.float64)
    widths = ink[:, 2] - ink[:, 0]
    margin = style.outline + style.padding + 2
    step = style.letter_height * (1 + style.line_gap)
    tops = margin - ink[:, 1].min() + step * np.arange(len(lines))
    size = (int(widths.max()) + 2 * margin, int((tops + ink[:, 3]).max()) + margin)
    origins = [
        (margin + _left(style.align, widths.max() - width) - left, top)
        for width, left, top in zip(widths, ink[:, 0], tops, strict=True)
    ]
    layers = (
        _draw_plate(style.plate, size),
        (
            _draw_lines(lines, origins, style, size, style.outline)
            if style.outline
            else Image.new("L", size)
        ),
        _draw_lines(lines, origins, style, size, 0),
    )
    return Block(
        np.dstack([np.asarray(layer) for layer in layers]),
        ink + np.array(origins)[:, [0, 1, 0, 1]],
        style,
    )


def warp_block(
    block: Block, homography: npt.NDArray[np.float64], canvas: tuple[int, int]
) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.float64]]:
    """Project a block onto a canvas of (width, height).

    Returns the mask (canvas height, canvas width, 3) and the boxes around the projected lines,
    which may reach beyond the canvas.
    """
    mask = cv2.warpPerspective(block.mask, homography, canvas, flags=cv2.INTER_AREA)
    x1, y1, x2, y2 = block.boxes.T
    corners = np.stack([x1, y1, x2, y1, x2, y2, x1, y2], axis=1).reshape(-1, 1, 2)
    projected = cv2.perspectiveTransform(corners, homography).reshape(-1, 4, 2)
    boxes = np.concatenate([projected.min(axis=1), projected.max(axis=1)], axis=1)
    return np.asarray(mask, dtype=np.uint8), boxes
