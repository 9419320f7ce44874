"""Things made of strokes in rows, as text is, and yet no text: what must not be found."""

import cv2
import numpy as np

from pipeline.training.clutter import Canvas, Painter, random_colour, random_point


def _keyboard(rng: np.random.Generator, canvas: Canvas) -> None:
    (left, top), side = random_point(rng, canvas), int(rng.integers(6, 40))
    key, edge = random_colour(rng), random_colour(rng)
    for row in range(int(rng.integers(1, 8))):
        for column in range(int(rng.integers(4, 18))):
            x = left + int((column + 0.3 * row) * side * 1.15)
            y = top + int(row * side * 1.15)
            cv2.rectangle(canvas, (x, y), (x + side, y + side), key, -1)
            cv2.rectangle(canvas, (x, y), (x + side, y + side), edge, 1)


def _barcode(rng: np.random.Generator, canvas: Canvas) -> None:
    (x, y), height = random_point(rng, canvas), int(rng.integers(12, 110))
    ground, ink = ((255, 255, 255), (0, 0, 0)) if rng.random() < 0.7 else ((225,) * 3, (40,) * 3)
    bars = rng.integers(1, max(2, height // 14) + 2, 50)
    cv2.rectangle(canvas, (x - 5, y - 5), (x + int(bars.sum()) + 5, y + height + 5), ground, -1)
    for index, bar in enumerate(bars):
        if index % 2:
            cv2.rectangle(canvas, (x, y), (x + int(bar) - 1, y + height), ink, -1)
        x += int(bar)


def _matrix_code(rng: np.random.Generator, canvas: Canvas) -> None:
    (x, y), cell, count = random_point(rng, canvas), int(rng.integers(2, 8)), 21
    grid = (rng.random((count, count)) < 0.5).astype(np.uint8) * 255
    for row, column in ((0, 0), (0, count - 7), (count - 7, 0)):
        grid[row : row + 7, column : column + 7] = 0
        grid[row + 1 : row + 6, column + 1 : column + 6] = 255
        grid[row + 2 : row + 5, column + 2 : column + 5] = 0
    code = np.pad(grid, 2, constant_values=255).repeat(cell, 0).repeat(cell, 1)[:, :, None]
    part = canvas[y : y + code.shape[0], x : x + code.shape[1]]
    part[:] = code[: part.shape[0], : part.shape[1]]


def draw_branches(rng: np.random.Generator, canvas: Canvas) -> None:
    """Draw twigs that grow from a point."""
    colour = (np.array([30, 45, 60]) * rng.uniform(0.3, 2.5)).tolist()
    ends = [(*random_point(rng, canvas), float(rng.uniform(0, 6.3)), float(rng.uniform(3, 9)))]
    for _ in range(int(rng.integers(20, 90))):
        x, y, turn, width = ends[int(rng.integers(len(ends)))]
        length = rng.uniform(6, 60)
        turn += rng.normal(0, 0.6)
        end = (int(x + length * np.cos(turn)), int(y + length * np.sin(turn)))
        cv2.line(canvas, (int(x), int(y)), end, colour, max(1, int(width)), cv2.LINE_AA)
        ends.append((*end, turn, width * 0.8))


def draw_wires(rng: np.random.Generator, canvas: Canvas) -> None:
    """Draw sagging wires across the picture."""
    width, colour = canvas.shape[1], random_colour(rng)
    x = np.linspace(0, width, 40)
    for _ in range(int(rng.integers(1, 8))):
        start, end = rng.uniform(0, canvas.shape[0], 2)
        sag = rng.uniform(0, 60) * np.sin(np.linspace(0, np.pi, 40))
        line = np.stack([x, start + (end - start) * x / width + sag], axis=1).astype(np.int32)
        cv2.polylines(canvas, [line], False, colour, int(rng.integers(1, 4)), cv2.LINE_AA)


def _railing(rng: np.random.Generator, canvas: Canvas) -> None:
    height, width = canvas.shape[:2]
    y, step = int(rng.integers(height)), int(rng.integers(6, 45))
    tall, thick = int(rng.integers(15, 220)), int(rng.integers(1, 7))
    colour = random_colour(rng)
    for x in range(int(rng.integers(step)), width, step):
        cv2.line(canvas, (x, y), (x, y + tall), colour, thick, cv2.LINE_AA)
        if step > 14 and rng.random() < 0.3:
            cv2.circle(
                canvas, (x, y + tall // 2), step // 3, colour, max(1, thick // 2), cv2.LINE_AA
            )
    for rail in (y, y + tall):
        cv2.line(canvas, (0, rail), (width, rail), colour, thick + 1)


def draw_mesh(rng: np.random.Generator, canvas: Canvas) -> None:
    """Draw a grid or a wire fence over a part of the picture."""
    (left, top), step = random_point(rng, canvas), int(rng.integers(5, 30))
    right, bottom = left + int(rng.integers(60, 400)), top + int(rng.integers(40, 300))
    colour, thick = random_colour(rng), int(rng.integers(1, 3))
    part = np.ascontiguousarray(canvas[max(0, top) : bottom, max(0, left) : right])
    slant, tall, wide = rng.random() < 0.5, part.shape[0], part.shape[1]
    for start in range(-tall - wide, tall + wide, step):
        if slant:
            ends = ((start, 0, start + tall, tall), (start, tall, start + tall, 0))
        else:
            ends = ((start, 0, start, tall), (0, start, wide, start))
        for x1, y1, x2, y2 in ends:
            cv2.line(part, (x1, y1), (x2, y2), colour, thick, cv2.LINE_AA)
    canvas[max(0, top) : bottom, max(0, left) : right] = part


def _rings(rng: np.random.Generator, canvas: Canvas) -> None:
    """Wheels, clocks, buttons, roundels: alone or in a row."""
    (x, y), radius = random_point(rng, canvas), int(np.exp(rng.uniform(1.6, 4.6)))
    colours = [random_colour(rng) for _ in range(3)]
    spokes = int(rng.choice([0, 0, 3, 5, 8, 12]))
    for index in range(int(rng.choice([1, 1, 1, 2, 4, 7]))):
        centre = (x + int(index * radius * 2.3), y)
        cv2.circle(canvas, centre, radius, colours[0], -1, cv2.LINE_AA)
        cv2.circle(canvas, centre, int(radius * 0.8), colours[1], max(1, radius // 8), cv2.LINE_AA)
        for spoke in range(spokes):
            turn = 2 * np.pi * spoke / spokes
            tip = (
                centre[0] + int(radius * 0.8 * np.cos(turn)),
                y + int(radius * 0.8 * np.sin(turn)),
            )
            cv2.line(canvas, centre, tip, colours[2], max(1, radius // 12), cv2.LINE_AA)
        if rng.random() < 0.5:
            cv2.circle(canvas, centre, max(1, radius // 4), colours[2], -1, cv2.LINE_AA)


def _ornament(rng: np.random.Generator, canvas: Canvas) -> None:
    """A row of the same curl: friezes, wrought iron, carpet borders."""
    (x, y), high = random_point(rng, canvas), float(rng.uniform(5, 60))
    turns = rng.uniform(0, 2 * np.pi, 4)
    t = np.linspace(0, 2 * np.pi, 24)
    shape = (
        np.stack(
            [
                np.cos(t + turns[0]) + 0.5 * np.cos(2 * t + turns[1]),
                np.sin(t + turns[2]) + 0.5 * np.sin(3 * t + turns[3]),
            ],
            axis=1,
        )
        * high
        / 2
    )
    colour, thick = random_colour(rng), max(1, int(high * rng.uniform(0.05, 0.25)))
    for index in range(int(rng.integers(2, 16))):
        points = (shape + np.array([x + index * high * 1.3, y])).astype(np.int32)
        cv2.polylines(canvas, [points], bool(rng.integers(2)), colour, thick, cv2.LINE_AA)


def _chart(rng: np.random.Generator, canvas: Canvas) -> None:
    """Bars side by side, without any lettering."""
    (x, y), wide = random_point(rng, canvas), int(np.exp(rng.uniform(1.1, 4.6)))
    palette = [random_colour(rng) for _ in range(3)]
    for index, tall in enumerate(rng.uniform(5, 120 + 2 * wide, int(rng.integers(3, 16)))):
        left = x + int(index * wide * 1.4)
        cv2.rectangle(canvas, (left, y - int(tall)), (left + wide, y), palette[index % 3], -1)


def _boxes(rng: np.random.Generator, canvas: Canvas) -> None:
    """Draw empty panels, frames and bars, as in user interfaces, doors and shelves."""
    colour, frame = random_colour(rng), random_colour(rng)
    for _ in range(int(rng.integers(1, 7))):
        x, y = random_point(rng, canvas)
        wide, high = (int(side) for side in np.exp(rng.uniform(2.5, 5.7, 2)))
        if rng.random() < 0.7:
            cv2.rectangle(canvas, (x, y), (x + wide, y + high), colour, -1)
        cv2.rectangle(canvas, (x, y), (x + wide, y + high), frame, int(rng.integers(1, 5)))


def _facade(rng: np.random.Generator, canvas: Canvas) -> None:
    """Rows of windows with frames and sills."""
    (left, top), wide = random_point(rng, canvas), int(rng.integers(8, 70))
    high = int(wide * rng.uniform(0.8, 2.0))
    glass, frame = random_colour(rng), random_colour(rng)
    for row in range(int(rng.integers(1, 6))):
        for column in range(int(rng.integers(2, 10))):
            x, y = left + int(column * wide * 1.7), top + int(row * high * 1.5)
            cv2.rectangle(canvas, (x, y), (x + wide, y + high), glass, -1)
            cv2.rectangle(canvas, (x, y), (x + wide, y + high), frame, max(1, wide // 10))
            cv2.line(
                canvas, (x + wide // 2, y), (x + wide // 2, y + high), frame, max(1, wide // 14)
            )
            cv2.line(
                canvas, (x, y + high // 3), (x + wide, y + high // 3), frame, max(1, wide // 14)
            )


DECOYS: tuple[Painter, ...] = (
    _keyboard,
    _barcode,
    _matrix_code,
    draw_branches,
    draw_wires,
    _railing,
    draw_mesh,
    _rings,
    _rings,
    _ornament,
    _chart,
    _facade,
    _facade,
    _boxes,
)
