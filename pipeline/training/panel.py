"""Panels: flat pieces with lettering on them (signs, sheets, slides, or the lettering alone)."""

import numpy as np
import numpy.typing as npt

from pipeline.training.drawing import Canvas, Field, Point, Size
from pipeline.training.lettering import Line, Look, layers

Boxes = npt.NDArray[np.float64]


class Panel:
    """A piece with lettering.

    pixels: (height, width, 4) float32, premultiplied BGR 0-255 and coverage 0-1.
    boxes: xyxy in pixels, one for each line. heights: of the lines' capitals, in pixels.
    """

    def __init__(self, size: Point) -> None:
        """Begin an empty, wholly transparent panel of (width, height)."""
        self.pixels = np.zeros((int(size[1]) + 1, int(size[0]) + 1, 4), dtype=np.float32)
        self.boxes: list[Boxes] = []
        self.heights: list[float] = []

    @property
    def size(self) -> Size:
        """Width and height in pixels."""
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
        left, top = round(x) - line.left, round(y) - line.baseline
        for coverage, colour, shift in layers(line, look):
            self.paint(coverage, colour, (left + shift, top + shift))
        self.boxes.append(line.box + np.array([round(x), round(y)] * 2, dtype=np.float64))
        self.heights.append(line.style.letter_height)
