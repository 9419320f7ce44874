"""Which parts of a picture the detector sees, and at which scale.

It sees every picture through canvases of a few fixed sizes: memory is taken once for each of them.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from pipeline.read.boxes import Picture

# Width and height in pixels, all of about the same area: landscape, portrait, square.
CANVASES_WH = ((1280, 736), (736, 1280), (960, 960))
MOST_ENLARGED = 3.0
# Of the whole picture; where it is shrunk more, tiles show its small text.
LEAST_SCALE = 0.75
# Pixels of the longer side of the picture that tiles show: 14 pixels of text at 1920 x 1080 and 24
# at 3840 x 2160 stay 12 or more.
TILED_SIDE = 1920
OVERLAP = 64  # pixels of a canvas that neighbouring tiles share


@dataclass(frozen=True)
class View:
    """The part of a picture from origin_xy on, scaled into the top left of a canvas.

    size_wh: of that part, in pixels of the picture. scale: pixels of the canvas for each of them.
    """

    origin_xy: tuple[int, int]
    size_wh: tuple[int, int]
    scale: float
    canvas_wh: tuple[int, int]

    def on_canvas(self, picture: Picture) -> Picture:
        """canvas height x width x 3; what the picture leaves free is grey."""
        (x, y), (width, height) = self.origin_xy, self.size_wh
        part = picture[y : y + height, x : x + width]
        wide, high = (max(1, round(side * self.scale)) for side in self.size_wh)
        method = cv2.INTER_AREA if self.scale < 1 else cv2.INTER_LINEAR
        canvas = np.full((self.canvas_wh[1], self.canvas_wh[0], 3), 127, dtype=np.uint8)
        canvas[:high, :wide] = cv2.resize(part, (wide, high), interpolation=method)
        return canvas


def views_of(resolution_wh: tuple[int, int]) -> list[View]:
    """The whole picture, and tiles of it if it is large."""
    canvas_wh = max(CANVASES_WH, key=lambda canvas: _fitting(resolution_wh, canvas))
    scale = min(_fitting(resolution_wh, canvas_wh), MOST_ENLARGED)
    whole = View((0, 0), resolution_wh, scale, canvas_wh)
    return [whole] if scale >= LEAST_SCALE else [whole, *_tiles(resolution_wh, canvas_wh)]


def _tiles(resolution_wh: tuple[int, int], canvas_wh: tuple[int, int]) -> list[View]:
    scale = min(1.0, TILED_SIDE / max(resolution_wh))
    size_wh = (int(canvas_wh[0] / scale), int(canvas_wh[1] / scale))
    shared = int(OVERLAP / scale)
    across, down = (
        _starts(side, tile, shared) for side, tile in zip(resolution_wh, size_wh, strict=True)
    )
    return [
        View(
            (x, y),
            (min(size_wh[0], resolution_wh[0] - x), min(size_wh[1], resolution_wh[1] - y)),
            scale,
            canvas_wh,
        )
        for y in down
        for x in across
    ]


def _starts(side: int, tile: int, shared: int) -> list[int]:
    """Where tiles begin that cover a side evenly."""
    if side <= tile:
        return [0]
    count = -(-(side - shared) // (tile - shared))
    return [round(number * (side - tile) / (count - 1)) for number in range(count)]


def _fitting(resolution_wh: tuple[int, int], canvas_wh: tuple[int, int]) -> float:
    return min(canvas_wh[0] / resolution_wh[0], canvas_wh[1] / resolution_wh[1])
