"""What the drawn videos are made of: lettering on plates or bare, and moving photographs."""

from __future__ import annotations

import importlib.util
import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFilter, ImageFont

SIZE = (1280, 720)
FPS = 25
EDGE = 4
"""Pixels. A line that comes nearer to the edge of the frame, or of the window in which it scrolls,
is not whole."""

IMAGES = Path(__file__).with_name("images")
FONTS = {
    "sans": ("LiberationSans-Regular", "FreeSans", "DejaVuSans"),
    "bold": ("LiberationSans-Bold", "FreeSansBold", "DejaVuSans-Bold"),
    "narrow": ("LiberationSansNarrow-Bold", "LiberationSans-Bold", "DejaVuSans-Bold"),
    "mono": ("LiberationMono-Regular", "DejaVuSansMono"),
    "serif": ("LiberationSerif-Regular", "FreeSerif", "DejaVuSerif"),
}
"""DejaVu comes with matplotlib; the others are used where Debian's packages installed them."""

Frame = npt.NDArray[np.uint8]  # (height, width, 3), BGR
Box = tuple[float, float, float, float]  # x1, y1, x2, y2 in pixels
Font = ImageFont.FreeTypeFont
Place = tuple[float, float]  # x, y in pixels
Colour = tuple[int, int, int]  # red, green, blue
WHITE, BLACK = (255, 255, 255), (0, 0, 0)


@dataclass(frozen=True)
class Line:
    """A line of text that a frame shows. box: around its ink.

    whole: False for a line that an edge cuts or that is too small to read: it need not be read,
    and reading some of it is no mistake.
    """

    text: str
    box: Box
    whole: bool = True

    def within(self, window: Box) -> Line:
        """The line as it shows in a window that cuts what reaches beyond it."""
        (x1, y1, x2, y2), (left, top, right, bottom) = self.box, window
        whole = min(x1 - left, y1 - top, right - x2, bottom - y2) >= EDGE
        return replace(self, whole=self.whole and whole)

    def moved(self, x: float, y: float) -> Line:
        x1, y1, x2, y2 = self.box
        return replace(self, box=(x1 + x, y1 + y, x2 + x, y2 + y))


Truth = list[list[Line]]  # of each frame


def overlap(first: Box, second: Box) -> bool:
    return all(min(first[i + 2], second[i + 2]) > max(first[i], second[i]) for i in (0, 1))


def font(chance: random.Random, kind: str, size: int) -> Font:
    """A font of FONTS, of those that are installed. size: pixels."""
    installed = [path for name in FONTS[kind] if (path := _font_files().get(name))]
    return ImageFont.truetype(str(chance.choice(installed)), size)


@cache
def _font_files() -> dict[str, Path]:
    matplotlib = importlib.util.find_spec("matplotlib")
    assert matplotlib is not None and matplotlib.origin is not None  # ultralytics requires it
    folders = Path("/usr/share/fonts"), Path(matplotlib.origin).parent / "mpl-data" / "fonts"
    return {path.stem: path for folder in folders for path in sorted(folder.rglob("*.ttf"))}


class Layer:
    """Lettering to lay over frames, of SIZE or another, and the lines that it shows."""

    def __init__(self, size: tuple[int, int] = SIZE) -> None:
        self._image = Image.new("RGBA", size)
        self.lines: list[Line] = []

    def plate(self, box: Sequence[float], colour: Colour, opacity: float = 1.0) -> None:
        ImageDraw.Draw(self._image).rectangle(list(box), fill=(*colour, round(255 * opacity)))

    def write(
        self,
        text: str,
        place: Place,
        font: Font,
        colour: Colour = WHITE,
        anchor: str = "ls",
        outline: int = 0,
        shadow: int = 0,
    ) -> Line:
        """Write a line, outlined in black or with a blurred black shadow (pixels) if so wished.

        anchor: what of the text stands at `place`, as Pillow names it.
        """
        if shadow:
            below = (place[0] + shadow, place[1] + shadow)
            soft = self._ink(below, text, font, BLACK, anchor, 0)
            self._image.alpha_composite(soft.filter(ImageFilter.GaussianBlur(shadow * 0.7)))
        self._image.alpha_composite(self._ink(place, text, font, colour, anchor, outline))
        box = ImageDraw.Draw(self._image).textbbox(place, text, font, anchor)
        self.lines.append(Line(text, box).within((0, 0, *self._image.size)))
        return self.lines[-1]

    def _ink(
        self, place: Place, text: str, font: Font, colour: Colour, anchor: str, outline: int
    ) -> Image.Image:
        # The ground is of the colour that stands at the edge of the ink, which mixes with it.
        ink = Image.new("RGBA", self._image.size, (*(BLACK if outline else colour), 0))
        draw = ImageDraw.Draw(ink)
        draw.text(place, text, colour, font, anchor, stroke_width=outline, stroke_fill=BLACK)
        return ink

    def pixels(self) -> npt.NDArray[np.uint8]:
        """(height, width, 4) uint8: blue, green, red, opacity."""
        return np.asarray(self._image)[:, :, [2, 1, 0, 3]]

    def over(self, frame: Frame) -> Frame:
        return blended(frame, self.pixels())


def black(height: int) -> Frame:
    """A black picture as wide as a frame."""
    return np.zeros((height, SIZE[0], 3), np.uint8)


def blended(frame: Frame, layer: npt.NDArray[np.uint8]) -> Frame:
    """The frame below a layer with opacity."""
    rows = np.flatnonzero(layer[:, :, 3].any(axis=1))
    if not len(rows):
        return frame
    part = slice(rows[0], rows[-1] + 1)
    opacity = layer[part, :, 3:].astype(np.float32) / 255
    mixed = frame.copy()
    mixed[part] = np.round(frame[part] * (1 - opacity) + layer[part, :, :3] * opacity)
    return mixed


class Photograph:
    """A photograph without text over which a camera pans and zooms, with the grain of film."""

    def __init__(self, chance: random.Random, frames: int) -> None:
        path = chance.choice(sorted(IMAGES.glob("none_*.jpg")))
        image = cv2.imread(str(path), cv2.IMREAD_COLOR)
        assert image is not None
        self._image = image
        self._frames = frames
        fill = max(SIZE[0] / image.shape[1], SIZE[1] / image.shape[0])
        self._scales = [fill * chance.uniform(1.05, 1.5) for _ in range(2)]
        self._centres = [(chance.random(), chance.random()) for _ in range(2)]
        self._grain = np.random.default_rng(chance.randrange(2**32))

    def at(self, index: int) -> Frame:
        """The frame; index: 0 to frames - 1. To be asked for in order."""
        share = index / max(1, self._frames - 1)
        scale = self._scales[0] + share * (self._scales[1] - self._scales[0])
        shift = []
        for axis, length in enumerate(self._image.shape[1::-1]):
            start, end = (centre[axis] for centre in self._centres)
            shift.append((SIZE[axis] - length * scale) * (start + share * (end - start)))
        matrix = np.array([[scale, 0, shift[0]], [0, scale, shift[1]]])
        frame = cv2.warpAffine(self._image, matrix, SIZE, flags=cv2.INTER_CUBIC)
        grain = self._grain.standard_normal((SIZE[1], SIZE[0], 1), dtype=np.float32)
        return np.asarray(np.clip(frame + 2.5 * grain, 0, 255), np.uint8)
