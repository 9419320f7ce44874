"""What stands behind the text: photographs and surfaces, with clutter and decoys on them."""

import cv2
import numpy as np
import numpy.typing as npt

from pipeline.training.clutter import DECOYS, DISCS, draw_shapes
from pipeline.training.drawing import Canvas, Field, Painter, Rng, Size, noise, size_of
from pipeline.training.photographs import Photographs


def _tint(canvas: Canvas, colour: npt.ArrayLike, tone: Field) -> None:
    shade = np.asarray(colour, dtype=np.float32) + tone[:, :, None]
    canvas[:] = np.clip(shade, 0, 255).astype(np.uint8)


def _muted(rng: Rng) -> npt.NDArray[np.float64]:
    grey = rng.uniform(40, 225)
    return np.clip(grey + rng.normal(0, 22, 3), 0, 255)


def plaster(rng: Rng, canvas: Canvas) -> None:
    """Rough, spotted, one colour."""
    tone = noise(rng, size_of(canvas), (3, 3)) * rng.uniform(5, 30)
    grain = rng.normal(0, rng.uniform(2, 14), canvas.shape[:2]).astype(np.float32)
    tone += cv2.GaussianBlur(grain, (0, 0), rng.between(0.4, 1.5))
    _tint(canvas, _muted(rng), tone)


def paper(rng: Rng, canvas: Canvas) -> None:
    """White to yellowish, with faint folds."""
    base = rng.uniform(190, 250) - np.array([rng.uniform(0, 45), rng.uniform(0, 18), 0])
    tone = noise(rng, size_of(canvas), (2, 2)) * rng.uniform(2, 14)
    tone += rng.normal(0, rng.uniform(0, 4), canvas.shape[:2]).astype(np.float32)
    _tint(canvas, base, tone)


def _flat(rng: Rng, canvas: Canvas) -> None:
    canvas[:] = rng.colour()


_GROUNDS: tuple[Painter, ...] = (_flat, plaster, plaster, paper)


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
        (photographs.paste_object if rng.chance(0.6) else draw_shapes)(rng, canvas)
    for painters, mean in ((DECOYS, 0.8), (DISCS, 0.5)):
        for _ in range(int(rng.poisson(mean))):
            rng.pick(painters)(rng, canvas)
    return canvas
