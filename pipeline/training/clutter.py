"""Clutter and decoys: shapes, strokes and round things that look like text and are none."""

import cv2
import numpy as np
import numpy.typing as npt

from pipeline.training.drawing import Canvas, Colour, Painter, Point, Rng

_SUBPIXEL = 4  # bits behind the point of OpenCV's coordinates
_SKIN = np.array([140.0, 180.0, 225.0])


def draw_shapes(rng: Rng, canvas: Canvas) -> None:
    for _ in range(rng.whole(1, 12)):
        colour, (x, y) = rng.colour(), rng.point(canvas)
        width, height = (int(side) for side in np.exp(rng.uniform(1.5, 5.5, 2)))
        thick = -1 if rng.chance(0.6) else rng.whole(1, 8)
        kind = rng.integers(3)
        if kind == 0:
            cv2.rectangle(canvas, (x, y), (x + width, y + height), colour, thick, cv2.LINE_AA)
        elif kind == 1:
            turn = rng.between(0, 180)
            axes = (width, height)
            cv2.ellipse(canvas, (x, y), axes, turn, 0, 360, colour, thick, cv2.LINE_AA)
        else:
            corners = np.array([x, y]) + rng.integers(-width, width + 1, (rng.whole(3, 7), 2))
            cv2.fillPoly(canvas, [corners.astype(np.int32)], colour, cv2.LINE_AA)


def _wires(rng: Rng, canvas: Canvas) -> None:
    width, colour = canvas.shape[1], rng.colour()
    x = np.linspace(0, width, 40)
    for _ in range(rng.whole(1, 8)):
        start, end = rng.uniform(0, canvas.shape[0], 2)
        sag = rng.uniform(0, 60) * np.sin(np.linspace(0, np.pi, 40))
        line = np.stack([x, start + (end - start) * x / width + sag], axis=1).astype(np.int32)
        cv2.polylines(canvas, [line], False, colour, rng.whole(1, 4), cv2.LINE_AA)


def _mesh(rng: Rng, canvas: Canvas) -> None:
    (left, top), step = rng.point(canvas), rng.whole(5, 30)
    right, bottom = left + rng.whole(60, 400), top + rng.whole(40, 300)
    colour, thick = rng.colour(), rng.whole(1, 3)
    part = np.ascontiguousarray(canvas[top:bottom, left:right])
    slant, tall, wide = rng.chance(0.5), part.shape[0], part.shape[1]
    for start in range(-tall - wide, tall + wide, step):
        end = start + tall if slant else start
        cv2.line(part, (start, 0), (end, tall), colour, thick, cv2.LINE_AA)
        begin, end = ((start, tall), (end, 0)) if slant else ((0, start), (wide, start))
        cv2.line(part, begin, end, colour, thick, cv2.LINE_AA)
    canvas[top:bottom, left:right] = part


def _frames(rng: Rng, canvas: Canvas) -> None:
    """Draw empty panels, frames and bars, as in user interfaces, doors and shelves."""
    colour, frame = rng.colour(), rng.colour()
    for _ in range(rng.whole(1, 7)):
        x, y = rng.point(canvas)
        end = tuple(np.array([x, y]) + np.exp(rng.uniform(2.5, 5.7, 2)).astype(int))
        if rng.chance(0.7):
            cv2.rectangle(canvas, (x, y), end, colour, -1)
        cv2.rectangle(canvas, (x, y), end, frame, rng.whole(1, 5))


DECOYS: tuple[Painter, ...] = (_wires, _mesh, _frames)


def _disc(canvas: Canvas, centre: Point, radius: float, colour: Colour, thick: int = -1) -> None:
    x, y = (round(side * 2**_SUBPIXEL) for side in centre)
    size = max(1, round(radius * 2**_SUBPIXEL))
    cv2.circle(canvas, (x, y), size, colour, thick, cv2.LINE_AA, shift=_SUBPIXEL)


def _bgr(channels: npt.NDArray[np.float64]) -> Colour:
    blue, green, red = (int(value) for value in np.clip(channels, 0, 255))
    return blue, green, red


def _shade(rng: Rng, canvas: Canvas, centre: Point, radius: float) -> None:
    """Draw the shadow of a disc on what is there already."""
    shape = np.zeros(canvas.shape[:2], dtype=np.uint8)
    x, y = (int(side) for side in centre + rng.uniform(-0.6, 0.6, 2) * radius)
    dark = rng.whole(60, 200)
    cv2.circle(shape, (x, y), max(1, int(radius)), dark, -1, cv2.LINE_AA)
    canvas[:] = (canvas * (1 - shape[:, :, None] / 255)).astype(np.uint8)


def _spots(rng: Rng, canvas: Canvas, radius: float) -> list[Point]:
    """Return where things of this radius stand: anywhere, in a row or in a grid."""
    x, y = rng.point(canvas)
    kind, step = int(rng.integers(4)), radius * rng.between(2.05, 4.0)
    if kind < 2:
        return [rng.point(canvas) for _ in range(rng.whole(1, 15))]
    rows, columns = 1 if kind == 2 else rng.whole(2, 6), rng.whole(2, 9)
    return [(x + column * step, y + row * step) for row in range(rows) for column in range(columns)]


def _people(rng: Rng, canvas: Canvas) -> None:
    """People seen from above: a shirt, a head on it, maybe a rim and a shadow."""
    radius, shirts = rng.log_uniform(4, 40), [rng.colour() for _ in range(3)]
    rim, head = rng.colour(), rng.uniform(0.3, 0.6)
    has_rim, has_shadow = rng.chance(0.6), rng.chance(0.6)
    tilt = rng.uniform(-0.35, 0.35, 2) * radius
    tone = _bgr(_SKIN * rng.uniform(0.3, 1.1))
    for centre in _spots(rng, canvas, radius):
        if has_shadow:
            _shade(rng, canvas, centre, radius)
        _disc(canvas, centre, radius, rng.pick(shirts))
        if has_rim:
            _disc(canvas, centre, radius, rim, max(1, round(radius / 9)))
        _disc(canvas, (centre[0] + tilt[0], centre[1] + tilt[1]), radius * head, tone)


def _targets(rng: Rng, canvas: Canvas) -> None:
    """Rings in rings: wheels, knobs, lamps, eyes, lids, plates, loudspeakers, bolts."""
    radius, count = rng.log_uniform(4, 60), rng.whole(1, 6)
    palette = [rng.colour() for _ in range(count)]
    shares = np.sort(rng.uniform(0.15, 1.0, count))[::-1]
    shares[0] = 1.0
    filled = rng.random(count) < 0.7
    for centre in _spots(rng, canvas, radius):
        for share, colour, is_filled in zip(shares, palette, filled, strict=True):
            thick = -1 if is_filled else max(1, round(radius * 0.12))
            _disc(canvas, centre, radius * float(share), colour, thick)


DISCS: tuple[Painter, ...] = (_people, _targets)
