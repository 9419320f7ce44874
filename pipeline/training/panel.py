"""Panels: flat pieces with lettering on them (signs, sheets, slides, or the lettering alone)."""

import cv2
import numpy as np
import numpy.typing as npt

from pipeline.training.lettering import Colour, Line, Look

Boxes = npt.NDArray[np.float64]
Coverage = npt.NDArray[np.float32]


def as_coverage(mask: npt.NDArray[np.uint8]) -> Coverage:
    """Return a mask 0-255 as coverage 0-1."""
    return mask.astype(np.float32) / np.float32(255)


class Panel:
    """A piece with lettering.

    pixels: (height, width, 4) float32, premultiplied BGR 0-255 and coverage 0-1.
    boxes: xyxy in pixels, one for each line. heights: of the lines' capitals, in pixels.
    """

    def __init__(self, size: tuple[float, float]) -> None:
        """Begin an empty, wholly transparent panel of (width, height)."""
        self.pixels = np.zeros((int(size[1]) + 1, int(size[0]) + 1, 4), dtype=np.float32)
        self.boxes: list[Boxes] = []
        self.heights: list[float] = []

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.pixels.shape[1], self.pixels.shape[0]

    def cover(self, image: npt.NDArray[np.uint8], coverage: Coverage | None = None) -> None:
        """Put an opaque ground (height, width, 3) below everything, where `coverage` is 1."""
        share = np.ones(image.shape[:2], np.float32) if coverage is None else coverage
        ground = np.dstack([image.astype(np.float32) * share[:, :, None], share])
        self.pixels += ground * (1 - self.pixels[:, :, 3:])

    def paint(self, coverage: Coverage, colour: npt.ArrayLike, corner: tuple[int, int]) -> None:
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

    def write(self, line: Line, look: Look, x: float, y: float, seed: int = 0) -> None:
        """Paint a line whose origin (left end of the baseline) lies at (x, y); label it."""
        corner = (round(x) - line.left, round(y) - line.baseline)
        ink = as_coverage(line.mask)
        for coverage, colour, shift in _layers(ink, look, line.style.letter_height):
            self.paint(coverage, colour, (corner[0] + shift, corner[1] + shift))
        self.paint(_worn(ink, look, seed), _fill(ink, look), corner)
        offset = np.array([round(x), round(y)] * 2, dtype=np.float64)
        self.boxes.append(line.box + offset)
        self.heights.append(line.style.letter_height)


def _layers(ink: Coverage, look: Look, letters: float) -> list[tuple[Coverage, Colour, int]]:
    """Return what lies below the fill: coverage, colour, shift to the lower right."""
    layers: list[tuple[Coverage, Colour, int]] = []
    if look.glow:
        halo = cv2.GaussianBlur(ink, (0, 0), max(1.0, letters * 0.25))
        halo = np.minimum(1, halo * 1.6 * look.glow).astype(np.float32)
        layers.append((halo, look.depth_colour, 0))
    elif look.depth:
        sides = [(ink * 0.9, look.depth_colour, step) for step in range(look.depth, 0, -1)]
        layers.extend(sides[:: max(1, len(sides) // 6)])
    if look.outline:
        side = 2 * look.outline + 1
        kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
        wide = np.asarray(cv2.dilate(ink, kernel), dtype=np.float32)
        layers.append((wide, look.outline_colour, 0))
    if look.emboss:
        step = max(1, round(letters * 0.05))
        layers += [(ink * 0.8, (255, 255, 255), -step), (ink * 0.8, (0, 0, 0), step)]
    return layers


def _worn(ink: Coverage, look: Look, seed: int) -> Coverage:
    if look.dots:
        phase = (np.arange(n) % look.dots > look.dots / 3 for n in ink.shape)
        rows, columns = phase
        return np.asarray(ink * (rows[:, None] & columns[None]), dtype=np.float32)
    if not look.wear:
        return ink
    rng = np.random.default_rng(seed)
    height, width = ink.shape
    grain = rng.random((height // 3 + 2, width // 3 + 2)).astype(np.float32)
    grain = cv2.resize(grain, (width, height), interpolation=cv2.INTER_CUBIC)
    return np.asarray(ink * np.clip((grain - look.wear) * 4 + 0.5, 0, 1), dtype=np.float32)


def _fill(ink: Coverage, look: Look) -> npt.NDArray[np.float32]:
    fill = np.asarray(look.fill, dtype=np.float32)
    if look.fill_end is None:
        return fill
    ramp = np.linspace(0, 1, ink.shape[0], dtype=np.float32)[:, None, None]
    blend = fill * (1 - ramp) + np.asarray(look.fill_end, dtype=np.float32) * ramp
    return np.broadcast_to(blend, (*ink.shape, 3))
