"""What stands behind the text: plain grounds, gradients and textures, with clutter on them."""

import cv2
import numpy as np

from pipeline.training.clutter import Canvas, Painter, add_clutter, random_colour, random_point
from pipeline.training.decoys import DECOYS, draw_branches, draw_mesh, draw_wires
from pipeline.training.discs import draw_discs
from pipeline.training.photographs import Photographs
from pipeline.training.surfaces import SURFACES


def _flat(rng: np.random.Generator, canvas: Canvas) -> None:
    canvas[:] = random_colour(rng)


def _gradient(rng: np.random.Generator, canvas: Canvas) -> None:
    corners = np.array([random_colour(rng) for _ in range(4)], dtype=np.uint8).reshape(2, 2, 3)
    if rng.random() < 0.5:
        corners[1] = corners[0]
    height, width = canvas.shape[:2]
    canvas[:] = cv2.resize(corners, (width * 2, height * 2))[
        height // 2 : -height // 2, width // 2 : -width // 2
    ]


def _cloud(rng: np.random.Generator, canvas: Canvas) -> None:
    height, width = canvas.shape[:2]
    total = np.zeros((height, width, 3), dtype=np.float32)
    base = np.array(random_colour(rng), dtype=np.float32)
    for octave in range(1, int(rng.integers(3, 8))):
        cells = rng.normal(0, 90 / octave, (2**octave, 2**octave, 1 if rng.random() < 0.5 else 3))
        layer = cv2.resize(cells.astype(np.float32), (width, height), interpolation=cv2.INTER_CUBIC)
        total += layer.reshape(height, width, -1)
    canvas[:] = np.clip(base + total, 0, 255).astype(np.uint8)


def _stripes(rng: np.random.Generator, canvas: Canvas) -> None:
    _gradient(rng, canvas)
    width, colour = int(rng.integers(4, 60)), random_colour(rng)
    axis = int(rng.integers(2))
    for start in range(0, canvas.shape[1 - axis], 2 * width):
        band = (slice(start, start + width), slice(None))
        canvas[band if axis else band[::-1]] = colour


def _bricks(rng: np.random.Generator, canvas: Canvas) -> None:
    canvas[:] = random_colour(rng)
    width, height = int(rng.integers(12, 80)), int(rng.integers(6, 40))
    base, gap = np.array(random_colour(rng)), int(rng.integers(1, 5))
    for row, y in enumerate(range(0, canvas.shape[0], height)):
        for x in range(-width // 2 * (row % 2), canvas.shape[1], width):
            tone = np.clip(base + rng.normal(0, 15, 3), 0, 255).astype(np.uint8)
            canvas[y : y + height - gap, max(0, x) : max(0, x + width - gap)] = tone


def _pitch(rng: np.random.Generator, canvas: Canvas) -> None:
    width = canvas.shape[1]
    step = int(rng.integers(20, 90))
    for index, x in enumerate(range(0, width, step)):
        canvas[:, x : x + step] = (40, 110 + 25 * (index % 2), 45)
    for _ in range(int(rng.integers(2, 6))):
        cv2.line(
            canvas,
            random_point(rng, canvas),
            random_point(rng, canvas),
            (235, 235, 235),
            int(rng.integers(1, 6)),
        )
    cv2.circle(canvas, random_point(rng, canvas), int(rng.integers(20, 150)), (235, 235, 235), 3)


_GROUNDS: tuple[Painter, ...] = (
    _flat,
    _gradient,
    _gradient,
    _cloud,
    _cloud,
    _stripes,
    _bricks,
    _pitch,
    *SURFACES,
    *SURFACES,
)


def _ground(rng: np.random.Generator, size: tuple[int, int], photographs: Photographs) -> Canvas:
    """Return one kind of ground, (height, width, 3)."""
    kind = rng.random()
    if kind < 0.22 and photographs.scenes:
        return photographs.scene(rng, size)
    if kind < 0.6 and photographs.textures:
        return photographs.texture(rng, size)
    canvas = np.zeros((size[1], size[0], 3), dtype=np.uint8)
    _GROUNDS[int(rng.integers(len(_GROUNDS)))](rng, canvas)
    return canvas


def _patch(rng: np.random.Generator, canvas: Canvas, photographs: Photographs) -> None:
    """Put another ground on a part of the canvas, as a wall stands before the sky."""
    height, width = canvas.shape[:2]
    ground = _ground(rng, (width, height), photographs)
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], dtype=np.float64)
    if rng.random() < 0.6:
        share = rng.uniform(0.15, 0.85)
        corners[rng.choice([[0, 1], [1, 2], [2, 3], [3, 0]])] *= share
    else:
        centre, side = rng.uniform(0, 1, 2), rng.uniform(0.1, 0.6, 2)
        corners = (corners / [width, height] - 0.5) * side * [width, height] + centre * [
            width,
            height,
        ]
    corners += rng.normal(0, 0.05, (4, 2)) * [width, height]
    shape = np.zeros((height, width), dtype=np.uint8)
    cv2.fillPoly(shape, [corners.astype(np.int32)], 255, cv2.LINE_AA)
    canvas[shape > 127] = ground[shape > 127]


def paint_background(
    rng: np.random.Generator, size: tuple[int, int], photographs: Photographs, busy: float = 1.0
) -> Canvas:
    """Return a picture of (width, height) without any text; `busy` scales what stands in it."""
    canvas = np.ascontiguousarray(_ground(rng, size, photographs))
    for _ in range(int(rng.choice([0, 1, 2, 3], p=[0.4, 0.3, 0.2, 0.1]))):
        _patch(rng, canvas, photographs)
    for _ in range(int(rng.poisson(1.0 * busy))):
        if photographs.objects and rng.random() < 0.6:
            photographs.paste_object(rng, canvas)
        else:
            add_clutter(rng, canvas)
    for _ in range(int(rng.poisson(0.8 * busy))):
        DECOYS[int(rng.integers(len(DECOYS)))](rng, canvas)
    for _ in range(int(rng.poisson(0.5 * busy))):
        draw_discs(rng, canvas)
    return canvas


def obstruct(rng: np.random.Generator, canvas: Canvas) -> None:
    """Draw something thin in front of everything: wires, twigs, a fence, a post."""
    height, width = canvas.shape[:2]
    kind = int(rng.integers(4))
    if kind < 3:
        (draw_wires, draw_branches, draw_mesh)[kind](rng, canvas)
        return
    x, thick = int(rng.integers(width)), int(rng.integers(3, 18))
    lean = int(rng.normal(0, 20))
    cv2.line(canvas, (x, 0), (x + lean, height), random_colour(rng), thick, cv2.LINE_AA)
