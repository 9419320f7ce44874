"""Things that are no text though some look like it: fences, windows, scribbles, players, shapes."""

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


def random_point(rng: np.random.Generator, canvas: Canvas) -> tuple[int, int]:
    """Return x and y of a pixel of `canvas`."""
    height, width = canvas.shape[:2]
    return int(rng.integers(width)), int(rng.integers(height))


def _shapes(rng: np.random.Generator, canvas: Canvas) -> None:
    for _ in range(int(rng.integers(1, 12))):
        colour, (x, y) = random_colour(rng), random_point(rng, canvas)
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
    colour, (left, top) = random_colour(rng), random_point(rng, canvas)
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
    colour, (left, top) = random_colour(rng), random_point(rng, canvas)
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
    points = (np.array(random_point(rng, canvas)) + steps.cumsum(axis=0)).astype(np.int32)
    cv2.polylines(
        canvas,
        [points],
        bool(rng.integers(2)),
        random_colour(rng),
        int(rng.integers(1, 5)),
        cv2.LINE_AA,
    )


def _specks(rng: np.random.Generator, canvas: Canvas) -> None:
    (left, top), spread = random_point(rng, canvas), float(rng.uniform(10, 120))
    palette = [random_colour(rng) for _ in range(3)]
    for dx, dy in rng.normal(0, spread, (int(rng.integers(20, 150)), 2)):
        centre = (int(left + dx), int(top + dy / 2))
        cv2.circle(
            canvas, centre, int(rng.integers(1, 6)), palette[int(rng.integers(3))], -1, cv2.LINE_AA
        )


def _players(rng: np.random.Generator, canvas: Canvas) -> None:
    radius, palette = int(rng.integers(4, 30)), [random_colour(rng) for _ in range(4)]
    for _ in range(int(rng.integers(3, 14))):
        centre, colour = random_point(rng, canvas), palette[int(rng.integers(2))]
        cv2.circle(canvas, centre, radius, colour, -1, cv2.LINE_AA)
        if rng.random() < 0.7:
            cv2.circle(canvas, centre, radius, palette[2], max(1, radius // 8), cv2.LINE_AA)
        if rng.random() < 0.7:
            cv2.circle(canvas, centre, max(1, radius // 2), palette[3], -1, cv2.LINE_AA)


_CLUTTER: tuple[Painter, ...] = (
    _shapes,
    _shapes,
    _fence,
    _windows,
    _scribble,
    _specks,
    _players,
)


def add_clutter(rng: np.random.Generator, canvas: Canvas) -> None:
    """Draw one kind of clutter on `canvas`."""
    _CLUTTER[int(rng.integers(len(_CLUTTER)))](rng, canvas)
