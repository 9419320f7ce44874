"""What stands behind the text: photographs and surfaces, with clutter and decoys on them."""

import cv2
import numpy as np

from pipeline.training.clutter import CLUTTER, DECOYS, draw_branches, draw_mesh, draw_wires
from pipeline.training.discs import DISCS
from pipeline.training.drawing import Canvas, Painter, Rng, Size, size_of, stroke
from pipeline.training.photographs import Photographs
from pipeline.training.surfaces import SURFACES


def _flat(rng: Rng, canvas: Canvas) -> None:
    canvas[:] = rng.colour()


def _gradient(rng: Rng, canvas: Canvas) -> None:
    corners = np.array([rng.colour() for _ in range(4)], dtype=np.uint8).reshape(2, 2, 3)
    if rng.chance(0.5):
        corners[1] = corners[0]
    width, height = size_of(canvas)
    x, y = width // 2, height // 2
    canvas[:] = cv2.resize(corners, (width * 2, height * 2))[y : y + height, x : x + width]


_GROUNDS: tuple[Painter, ...] = (_flat, _gradient, _gradient, *SURFACES, *SURFACES)


def _ground(rng: Rng, size: Size, photographs: Photographs) -> Canvas:
    kind = rng.random()
    if kind < 0.22:
        return photographs.scene(rng, size)
    if kind < 0.6:
        return photographs.texture(rng, size)
    canvas = np.zeros((size[1], size[0], 3), dtype=np.uint8)
    rng.pick(_GROUNDS)(rng, canvas)
    return canvas


def _patch(rng: Rng, canvas: Canvas, photographs: Photographs) -> None:
    """Put another ground on a part of the canvas, as a wall stands before the sky."""
    size = np.array(size_of(canvas))
    width, height = size_of(canvas)
    ground = _ground(rng, (width, height), photographs)
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], dtype=np.float64)
    if rng.chance(0.6):
        share = rng.uniform(0.15, 0.85)
        corners[rng.choice([[0, 1], [1, 2], [2, 3], [3, 0]])] *= share
    else:
        centre, side = rng.uniform(0, 1, 2), rng.uniform(0.1, 0.6, 2)
        corners = (corners / size - 0.5) * side * size + centre * size
    corners += rng.normal(0, 0.05, (4, 2)) * size
    shape = np.zeros((height, width), dtype=np.uint8)
    cv2.fillPoly(shape, [corners.astype(np.int32)], 255, cv2.LINE_AA)
    canvas[shape > 127] = ground[shape > 127]


def paint_background(rng: Rng, size: Size, photographs: Photographs) -> Canvas:
    """Return a picture of (width, height) without any text."""
    canvas = np.ascontiguousarray(_ground(rng, size, photographs))
    for _ in range(int(rng.choice([0, 1, 2, 3], p=[0.4, 0.3, 0.2, 0.1]))):
        _patch(rng, canvas, photographs)
    for _ in range(int(rng.poisson(1.0))):
        paint = photographs.paste_object if rng.chance(0.6) else rng.pick(CLUTTER)
        paint(rng, canvas)
    for painters, mean in ((DECOYS, 0.8), (DISCS, 0.5)):
        for _ in range(int(rng.poisson(mean))):
            rng.pick(painters)(rng, canvas)
    return canvas


def obstruct(rng: Rng, canvas: Canvas) -> None:
    """Draw something thin in front of everything: wires, twigs, a fence, a post."""
    width, height = size_of(canvas)
    kind = int(rng.integers(4))
    if kind < 3:
        (draw_wires, draw_branches, draw_mesh)[kind](rng, canvas)
        return
    x, thick = int(rng.integers(width)), rng.whole(3, 18)
    lean = int(rng.normal(0, 20))
    stroke(canvas, (x, 0), (x + lean, height), rng.colour(), thick)
