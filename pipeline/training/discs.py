"""Round decoys with something in them, which look like O, 0, 8, @ and ©."""

import cv2
import numpy as np
import numpy.typing as npt

from pipeline.training.drawing import Canvas, Colour, Painter, Point, Rng, disc, oval, stroke

_SUBPIXEL = 4  # bits behind the point of OpenCV's coordinates
_SKIN = np.array([140.0, 180.0, 225.0])


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
    lean = rng.uniform(-0.6, 0.6, 2) * radius
    dark = rng.whole(60, 200)
    disc(shape, (centre[0] + lean[0], centre[1] + lean[1]), radius, (dark,) * 3)
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


def _balls(rng: Rng, canvas: Canvas) -> None:
    """Balls and fruit: shaded to one side, with a gleam and curves from rim to rim."""
    radius, colour = rng.log_uniform(4, 60), np.array(rng.colour(), dtype=np.float64)
    seams, mark = int(rng.integers(4)), rng.colour()
    for centre in _spots(rng, canvas, radius):
        if rng.chance(0.5):
            _shade(rng, canvas, centre, radius)
        for share in np.linspace(1, 0.2, 5):
            lean = radius * 0.3 * (1 - float(share))
            light = _bgr(colour * (1.15 - 0.6 * share))
            _disc(canvas, (centre[0] - lean, centre[1] - lean), radius * float(share), light)
        for _ in range(seams):
            turn, axes = rng.between(0, 180), (radius * 0.95, radius * rng.between(0.05, 0.9))
            oval(canvas, centre, axes, mark, max(1, round(radius / 12)), turn, 180)


def _faces(rng: Rng, canvas: Canvas) -> None:
    """Two dots and a line in a rounded shape: faces, sockets, masks, fronts of cars."""
    radius, skin, ink = rng.log_uniform(4, 60), rng.colour(), rng.colour()
    mouth: npt.NDArray[np.float64] = rng.uniform(0.2, 0.6, 2) * radius
    for x, y in _spots(rng, canvas, radius):
        oval(canvas, (x, y), (radius, radius * 1.2), skin)
        for side in (-1, 1):
            _disc(canvas, (x + side * radius * 0.4, y - radius * 0.25), radius * 0.13, ink)
        ends = (x - mouth[0], y + mouth[1]), (x + mouth[0], y + mouth[1])
        stroke(canvas, *ends, ink, max(1, round(radius / 10)))


DISCS: tuple[Painter, ...] = (_people, _people, _targets, _targets, _balls, _balls, _faces)
