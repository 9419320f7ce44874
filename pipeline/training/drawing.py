"""Random draws, and what backgrounds, clutter and lettering have in common."""

from collections.abc import Callable, Sequence
from typing import TypeVar

import cv2
import numpy as np
import numpy.typing as npt

Canvas = npt.NDArray[np.uint8]
"""(height, width, 3) uint8 BGR."""
Field = npt.NDArray[np.float32]
Colour = tuple[float, float, float]
"""Blue, green, red, 0-255."""
Point = tuple[float, float]
Size = tuple[int, int]
"""Width and height in pixels."""

T = TypeVar("T")
LUMA = np.array([0.114, 0.587, 0.299])
"""Weights of blue, green and red in the brightness (ITU-R BT.601)."""


class Rng(np.random.Generator):
    """NumPy's generator with the draws that pictures need most."""

    @classmethod
    def seeded(cls, *seed: int) -> "Rng":
        """Return the generator that `default_rng(seed)` would be."""
        return cls(np.random.PCG64(seed))

    def chance(self, share: float) -> bool:
        return bool(self.random() < share)

    def whole(self, low: int, high: int) -> int:
        return int(self.integers(low, high))

    def between(self, low: float, high: float) -> float:
        return float(self.uniform(low, high))

    def log_uniform(self, low: float, high: float) -> float:
        """Return a number from `low` to `high` whose logarithm is uniform."""
        return float(np.exp(self.uniform(np.log(low), np.log(high))))

    def pick(self, items: Sequence[T]) -> T:
        return items[int(self.integers(len(items)))]

    def colour(self) -> tuple[int, int, int]:
        """Return mostly any colour, sometimes a grey, black or white."""
        if self.random() < 0.3:
            grey = int(self.choice([0, 255, int(self.integers(256))]))
            return grey, grey, grey
        blue, green, red = self.integers(0, 256, 3).tolist()
        return blue, green, red

    def point(self, canvas: Canvas) -> tuple[int, int]:
        height, width = canvas.shape[:2]
        return int(self.integers(width)), int(self.integers(height))

    def contrasting(self, against: npt.ArrayLike, contrast: float) -> Colour:
        """Return a colour whose brightness differs from that of `against` by `contrast`."""
        ground = luma(against)
        for _ in range(20):
            colour = self.colour()
            if abs(luma(colour) - ground) >= contrast:
                return colour
        return (255, 255, 255) if ground < 128 else (0, 0, 0)


Painter = Callable[[Rng, Canvas], None]


def luma(colour: npt.ArrayLike) -> float:
    return float(np.asarray(colour, dtype=np.float64) @ LUMA)


def size_of(canvas: Canvas) -> Size:
    return canvas.shape[1], canvas.shape[0]


def filled(size: Size, colour: npt.ArrayLike) -> Canvas:
    canvas = np.empty((size[1], size[0], 3), dtype=np.uint8)
    canvas[:] = np.asarray(colour, dtype=np.uint8)
    return canvas


def as_coverage(mask: Canvas) -> Field:
    return mask.astype(np.float32) / np.float32(255)


def noise(rng: Rng, size: Size, cells: tuple[float, float], octaves: int = 4) -> Field:
    """Return smooth noise (height, width), about -1..1, with `cells` across width and height."""
    width, height = size
    total = np.zeros((height, width), dtype=np.float32)
    for octave in range(octaves):
        columns, rows = (max(2, int(count * 2**octave)) for count in cells)
        grid = rng.normal(0, 0.5 / (octave + 1), (min(rows, height), min(columns, width)))
        total += cv2.resize(grid.astype(np.float32), size, interpolation=cv2.INTER_CUBIC)
    return total
