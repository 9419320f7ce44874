"""Clutter and decoys: shapes and strokes in rows that look like text and are none."""

import cv2
import numpy as np

from pipeline.training.drawing import Canvas, Painter, Rng, box, disc, oval, stroke


def _shapes(rng: Rng, canvas: Canvas) -> None:
    for _ in range(rng.whole(1, 12)):
        colour, (x, y) = rng.colour(), rng.point(canvas)
        width, height = (int(side) for side in np.exp(rng.uniform(1.5, 5.5, 2)))
        thick = -1 if rng.chance(0.6) else rng.whole(1, 8)
        kind = rng.integers(3)
        if kind == 0:
            cv2.rectangle(canvas, (x, y), (x + width, y + height), colour, thick, cv2.LINE_AA)
        elif kind == 1:
            oval(canvas, (x, y), (width, height), colour, thick, rng.between(0, 180))
        else:
            corners = np.array([x, y]) + rng.integers(-width, width + 1, (rng.whole(3, 7), 2))
            cv2.fillPoly(canvas, [corners.astype(np.int32)], colour, cv2.LINE_AA)


def _fence(rng: Rng, canvas: Canvas) -> None:
    colour, (left, top) = rng.colour(), rng.point(canvas)
    step, height = rng.whole(4, 24), rng.whole(8, 140)
    slant, thick = rng.whole(-6, 7), rng.whole(1, max(2, step // 2))
    for x in range(left, left + step * rng.whole(5, 40), step):
        stroke(canvas, (x, top), (x + slant, top + height), colour, thick)
    if rng.chance(0.5):
        rail = top + height // 3
        cv2.line(canvas, (left, rail), (canvas.shape[1], rail), colour, thick)


def _scribble(rng: Rng, canvas: Canvas) -> None:
    steps = rng.normal(0, rng.between(2, 25), (rng.whole(5, 60), 2))
    steps[:, 0] += rng.between(0, 8)
    points = (np.array(rng.point(canvas)) + steps.cumsum(axis=0)).astype(np.int32)
    closed, colour = bool(rng.integers(2)), rng.colour()
    cv2.polylines(canvas, [points], closed, colour, rng.whole(1, 5), cv2.LINE_AA)


def _specks(rng: Rng, canvas: Canvas) -> None:
    (left, top), spread = rng.point(canvas), rng.between(10, 120)
    palette = [rng.colour() for _ in range(3)]
    for dx, dy in rng.normal(0, spread, (rng.whole(20, 150), 2)):
        radius = rng.whole(1, 6)
        disc(canvas, (left + dx, top + dy / 2), radius, rng.pick(palette))


def _keyboard(rng: Rng, canvas: Canvas) -> None:
    (left, top), side = rng.point(canvas), rng.whole(6, 40)
    key, edge = rng.colour(), rng.colour()
    for row in range(rng.whole(1, 8)):
        for column in range(rng.whole(4, 18)):
            corner = left + int((column + 0.3 * row) * side * 1.15), top + int(row * side * 1.15)
            box(canvas, corner, (side, side), key)
            box(canvas, corner, (side, side), edge, 1)


def _barcode(rng: Rng, canvas: Canvas) -> None:
    (x, y), height = rng.point(canvas), rng.whole(12, 110)
    ground, ink = ((255,) * 3, (0,) * 3) if rng.chance(0.7) else ((225,) * 3, (40,) * 3)
    bars = rng.integers(1, max(2, height // 14) + 2, 50)
    box(canvas, (x - 5, y - 5), (bars.sum() + 10, height + 10), ground)
    for index, bar in enumerate(bars):
        if index % 2:
            box(canvas, (x, y), (bar - 1, height), ink)
        x += int(bar)


def draw_branches(rng: Rng, canvas: Canvas) -> None:
    """Draw twigs that grow from a point."""
    colour = (np.array([30, 45, 60]) * rng.uniform(0.3, 2.5)).tolist()
    ends = [(*rng.point(canvas), rng.between(0, 6.3), rng.between(3, 9))]
    for _ in range(rng.whole(20, 90)):
        x, y, turn, width = rng.pick(ends)
        length = rng.uniform(6, 60)
        turn += rng.normal(0, 0.6)
        end = int(x + length * np.cos(turn)), int(y + length * np.sin(turn))
        stroke(canvas, (x, y), end, colour, max(1, int(width)))
        ends.append((*end, turn, width * 0.8))


def draw_wires(rng: Rng, canvas: Canvas) -> None:
    """Draw sagging wires across the picture."""
    width, colour = canvas.shape[1], rng.colour()
    x = np.linspace(0, width, 40)
    for _ in range(rng.whole(1, 8)):
        start, end = rng.uniform(0, canvas.shape[0], 2)
        sag = rng.uniform(0, 60) * np.sin(np.linspace(0, np.pi, 40))
        line = np.stack([x, start + (end - start) * x / width + sag], axis=1).astype(np.int32)
        cv2.polylines(canvas, [line], False, colour, rng.whole(1, 4), cv2.LINE_AA)


def _railing(rng: Rng, canvas: Canvas) -> None:
    height, width = canvas.shape[:2]
    y, step = int(rng.integers(height)), rng.whole(6, 45)
    tall, thick, colour = rng.whole(15, 220), rng.whole(1, 7), rng.colour()
    for x in range(int(rng.integers(step)), width, step):
        stroke(canvas, (x, y), (x, y + tall), colour, thick)
        if step > 14 and rng.chance(0.3):
            disc(canvas, (x, y + tall // 2), step // 3, colour, max(1, thick // 2))
    for rail in (y, y + tall):
        cv2.line(canvas, (0, rail), (width, rail), colour, thick + 1)


def draw_mesh(rng: Rng, canvas: Canvas) -> None:
    """Draw a grid or a wire fence over a part of the picture."""
    (left, top), step = rng.point(canvas), rng.whole(5, 30)
    right, bottom = left + rng.whole(60, 400), top + rng.whole(40, 300)
    colour, thick = rng.colour(), rng.whole(1, 3)
    part = np.ascontiguousarray(canvas[top:bottom, left:right])
    slant, tall, wide = rng.chance(0.5), part.shape[0], part.shape[1]
    for start in range(-tall - wide, tall + wide, step):
        if slant:
            stroke(part, (start, 0), (start + tall, tall), colour, thick)
            stroke(part, (start, tall), (start + tall, 0), colour, thick)
        else:
            stroke(part, (start, 0), (start, tall), colour, thick)
            stroke(part, (0, start), (wide, start), colour, thick)
    canvas[top:bottom, left:right] = part


def _chart(rng: Rng, canvas: Canvas) -> None:
    """Draw bars side by side, without any lettering."""
    (x, y), wide = rng.point(canvas), int(np.exp(rng.uniform(1.1, 4.6)))
    palette = [rng.colour() for _ in range(3)]
    for index, tall in enumerate(rng.uniform(5, 120 + 2 * wide, rng.whole(3, 16))):
        corner = x + int(index * wide * 1.4), y - int(tall)
        box(canvas, corner, (wide, int(tall)), palette[index % 3])


def _facade(rng: Rng, canvas: Canvas) -> None:
    """Draw rows of windows with frames and sills."""
    (left, top), wide = rng.point(canvas), rng.whole(8, 70)
    high = int(wide * rng.uniform(0.8, 2.0))
    glass, frame = rng.colour(), rng.colour()
    for row in range(rng.whole(1, 6)):
        for column in range(rng.whole(2, 10)):
            x, y = left + int(column * wide * 1.7), top + int(row * high * 1.5)
            box(canvas, (x, y), (wide, high), glass)
            box(canvas, (x, y), (wide, high), frame, max(1, wide // 10))
            bar, sill = x + wide // 2, y + high // 3
            cv2.line(canvas, (bar, y), (bar, y + high), frame, max(1, wide // 14))
            cv2.line(canvas, (x, sill), (x + wide, sill), frame, max(1, wide // 14))


def _frames(rng: Rng, canvas: Canvas) -> None:
    """Draw empty panels, frames and bars, as in user interfaces, doors and shelves."""
    colour, frame = rng.colour(), rng.colour()
    for _ in range(rng.whole(1, 7)):
        corner, size = rng.point(canvas), np.exp(rng.uniform(2.5, 5.7, 2)).tolist()
        if rng.chance(0.7):
            box(canvas, corner, size, colour)
        box(canvas, corner, size, frame, rng.whole(1, 5))


CLUTTER: tuple[Painter, ...] = (_shapes, _shapes, _fence, _scribble, _specks)

DECOYS: tuple[Painter, ...] = (
    *(_keyboard, _barcode, draw_branches, draw_wires, _railing, draw_mesh),
    *(_chart, _facade, _facade, _frames),
)
"""Frequent ones stand in these lists twice."""
