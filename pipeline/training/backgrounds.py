"""What stands behind the text: gradients, textures, shapes; some look like text and are not."""

from collections.abc import Callable

import cv2
import numpy as np
import numpy.typing as npt

Canvas = npt.NDArray[np.uint8]
"""(height, width, 3) uint8."""

Painter = Callable[[np.random.Generator, Canvas], None]


def random_colour(rng: np.random.Generator) -> tuple[int, int, int]:
    """Return three channels 0-255: mostly any colour, sometimes a grey, black or white."""
    if rng.random() < 0.3:
        grey = int(rng.choice([0, 255, int(rng.integers(256))]))
        return grey, grey, grey
    red, green, blue = (int(channel) for channel in rng.integers(0, 256, 3))
    return red, green, blue


def _point(rng: np.random.Generator, canvas: Canvas) -> tuple[int, int]:
    height, width = canvas.shape[:2]
    return int(rng.integers(width)), int(rng.integers(height))


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
            _point(rng, canvas),
            _point(rng, canvas),
            (235, 235, 235),
            int(rng.integers(1, 6)),
        )
    cv2.circle(canvas, _point(rng, canvas), int(rng.integers(20, 150)), (235, 235, 235), 3)


_GROUNDS: tuple[Painter, ...] = (
    _flat,
    _gradient,
    _gradient,
    _cloud,
    _cloud,
    _cloud,
    _stripes,
    _bricks,
    _pitch,
)


def _shapes(rng: np.random.Generator, canvas: Canvas) -> None:
    for _ in range(int(rng.integers(1, 12))):
        colour, (x, y) = random_colour(rng), _point(rng, canvas)
        width, height = (int(side) for side in np.exp(rng.uniform(1.5, 5.5, 2)))
        thickness = -1 if rng.random() < 0.6 else int(rng.integers(1, 8))
        kind = rng.integers(3)
        if kind == 0:
            cv2.rectangle(canvas, (x, y), (x + width, y + height), colour, thickness, cv2.LINE_AA)
        elif kind == 1:
            cv2.ellipse(
                canvas,
                (x, y),
                (width, height),
                float(rng.uniform(0, 180)),
                0,
                360,
                colour,
                thickness,
                cv2.LINE_AA,
            )
        else:
            corners = np.array([x, y]) + rng.integers(
                -width, width + 1, (int(rng.integers(3, 7)), 2)
            )
            cv2.fillPoly(canvas, [corners.astype(np.int32)], colour, cv2.LINE_AA)


def _fence(rng: np.random.Generator, canvas: Canvas) -> None:
    colour, (left, top) = random_colour(rng), _point(rng, canvas)
    step, height = int(rng.integers(4, 24)), int(rng.integers(8, 140))
    slant, thickness = int(rng.integers(-6, 7)), int(rng.integers(1, max(2, step // 2)))
    for x in range(left, left + step * int(rng.integers(5, 40)), step):
        cv2.line(canvas, (x, top), (x + slant, top + height), colour, thickness, cv2.LINE_AA)
    if rng.random() < 0.5:
        cv2.line(
            canvas,
            (left, top + height // 3),
            (canvas.shape[1], top + height // 3),
            colour,
            thickness,
        )


def _windows(rng: np.random.Generator, canvas: Canvas) -> None:
    colour, (left, top) = random_colour(rng), _point(rng, canvas)
    width, height = (int(side) for side in rng.integers(4, 30, 2))
    rows, columns = (int(count) for count in rng.integers(1, 9, 2))
    for row in range(rows):
        for column in range(columns):
            x, y = left + column * (width + width // 2 + 1), top + row * (height + height // 2 + 1)
            cv2.rectangle(
                canvas, (x, y), (x + width, y + height), colour, -1 if rng.random() < 0.8 else 1
            )


def _scribble(rng: np.random.Generator, canvas: Canvas) -> None:
    steps = rng.normal(0, float(rng.uniform(2, 25)), (int(rng.integers(5, 60)), 2))
    steps[:, 0] += float(rng.uniform(0, 8))
    points = (np.array(_point(rng, canvas)) + steps.cumsum(axis=0)).astype(np.int32)
    cv2.polylines(
        canvas,
        [points],
        bool(rng.integers(2)),
        random_colour(rng),
        int(rng.integers(1, 5)),
        cv2.LINE_AA,
    )


def _specks(rng: np.random.Generator, canvas: Canvas) -> None:
    (left, top), spread = _point(rng, canvas), float(rng.uniform(10, 120))
    palette = [random_colour(rng) for _ in range(3)]
    for dx, dy in rng.normal(0, spread, (int(rng.integers(20, 150)), 2)):
        centre = (int(left + dx), int(top + dy / 2))
        cv2.circle(
            canvas, centre, int(rng.integers(1, 6)), palette[int(rng.integers(3))], -1, cv2.LINE_AA
        )


_CLUTTER: tuple[Painter, ...] = (_shapes, _shapes, _fence, _windows, _scribble, _specks)


def paint_background(rng: np.random.Generator, size: tuple[int, int]) -> Canvas:
    """Return a picture of (width, height) without any text."""
    canvas = np.zeros((size[1], size[0], 3), dtype=np.uint8)
    _GROUNDS[int(rng.integers(len(_GROUNDS)))](rng, canvas)
    for _ in range(int(rng.choice([0, 1, 2, 3, 5], p=[0.25, 0.25, 0.2, 0.2, 0.1]))):
        _CLUTTER[int(rng.integers(len(_CLUTTER)))](rng, canvas)
    return canvas
