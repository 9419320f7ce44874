"""Round things with something in them, as O, 0, 8, @ and © are, and yet no letters."""

import cv2
import numpy as np
import numpy.typing as npt

from pipeline.training.clutter import Canvas, Painter, random_colour, random_point

Point = tuple[float, float]
Colour = tuple[int, int, int]

_SUBPIXEL = 4  # bits behind the point of OpenCV's coordinates
_SKIN = np.array([140.0, 180.0, 225.0])


def _disc(canvas: Canvas, centre: Point, radius: float, colour: Colour, thick: int = -1) -> None:
    x, y = (round(side * 2**_SUBPIXEL) for side in centre)
    size = max(1, round(radius * 2**_SUBPIXEL))
    cv2.circle(canvas, (x, y), size, colour, thick, cv2.LINE_AA, shift=_SUBPIXEL)


def _bgr(channels: npt.NDArray[np.float64]) -> Colour:
    blue, green, red = (int(value) for value in np.clip(channels, 0, 255))
    return blue, green, red


def _shade(rng: np.random.Generator, canvas: Canvas, centre: Point, radius: float) -> None:
    """Draw the shadow of a disc on what is there already."""
    shape = np.zeros(canvas.shape[:2], dtype=np.uint8)
    lean = rng.uniform(-0.6, 0.6, 2) * radius
    cv2.circle(
        shape,
        (int(centre[0] + lean[0]), int(centre[1] + lean[1])),
        max(1, int(radius)),
        int(rng.integers(60, 200)),
        -1,
        cv2.LINE_AA,
    )
    canvas[:] = (canvas * (1 - shape[:, :, None] / 255)).astype(np.uint8)


def _radius(rng: np.random.Generator, most: float = 60) -> float:
    return float(np.exp(rng.uniform(np.log(4), np.log(most))))


def _spots(rng: np.random.Generator, canvas: Canvas, radius: float) -> list[Point]:
    """Return where things of this radius stand: anywhere, in a row or in a grid."""
    x, y = random_point(rng, canvas)
    kind, step = int(rng.integers(4)), radius * float(rng.uniform(2.05, 4.0))
    if kind < 2:
        return [random_point(rng, canvas) for _ in range(int(rng.integers(1, 15)))]
    rows = 1 if kind == 2 else int(rng.integers(2, 6))
    columns = int(rng.integers(2, 9))
    return [(x + column * step, y + row * step) for row in range(rows) for column in range(columns)]


def _people(rng: np.random.Generator, canvas: Canvas) -> None:
    """People seen from above: a shirt, a head on it, maybe a rim and a shadow."""
    radius, shirts = _radius(rng, 40), [random_colour(rng) for _ in range(3)]
    rim, head = random_colour(rng), rng.uniform(0.3, 0.6)
    has_rim, has_shadow = rng.random() < 0.6, rng.random() < 0.6
    tilt = rng.uniform(-0.35, 0.35, 2) * radius
    tone = _bgr(_SKIN * rng.uniform(0.3, 1.1))
    for centre in _spots(rng, canvas, radius):
        if has_shadow:
            _shade(rng, canvas, centre, radius)
        _disc(canvas, centre, radius, shirts[int(rng.integers(3))])
        if has_rim:
            _disc(canvas, centre, radius, rim, max(1, round(radius / 9)))
        _disc(canvas, (centre[0] + tilt[0], centre[1] + tilt[1]), radius * head, tone)


def _targets(rng: np.random.Generator, canvas: Canvas) -> None:
    """Rings in rings: wheels, knobs, lamps, eyes, lids, plates, loudspeakers, bolts."""
    radius, count = _radius(rng), int(rng.integers(1, 6))
    palette = [random_colour(rng) for _ in range(count)]
    shares = np.sort(rng.uniform(0.15, 1.0, count))[::-1]
    shares[0] = 1.0
    filled = rng.random(count) < 0.7
    for centre in _spots(rng, canvas, radius):
        for share, colour, is_filled in zip(shares, palette, filled, strict=True):
            thick = -1 if is_filled else max(1, round(radius * 0.12))
            _disc(canvas, centre, radius * float(share), colour, thick)


def _balls(rng: np.random.Generator, canvas: Canvas) -> None:
    """Balls and fruit: shaded to one side, with a gleam, seams or patches."""
    radius, colour = _radius(rng), np.array(random_colour(rng), dtype=np.float64)
    seams, mark = int(rng.integers(4)), random_colour(rng)
    for centre in _spots(rng, canvas, radius):
        if rng.random() < 0.5:
            _shade(rng, canvas, centre, radius)
        for share in np.linspace(1, 0.2, 5):
            lean = radius * 0.3 * (1 - float(share))
            light = _bgr(colour * (1.15 - 0.6 * share))
            _disc(canvas, (centre[0] - lean, centre[1] - lean), radius * float(share), light)
        for _ in range(seams):
            _seam(rng, canvas, centre, radius, mark)


def _seam(
    rng: np.random.Generator, canvas: Canvas, centre: Point, radius: float, colour: Colour
) -> None:
    """Draw a curve over a ball from rim to rim."""
    turn, flat = float(rng.uniform(0, 180)), float(rng.uniform(0.05, 0.9))
    axes = (max(1, int(radius * 0.95)), max(1, int(radius * flat)))
    middle = (int(centre[0]), int(centre[1]))
    thick = max(1, round(radius / 12))
    cv2.ellipse(canvas, middle, axes, turn, 0, 180, colour, thick, cv2.LINE_AA)


def _arches(rng: np.random.Generator, canvas: Canvas) -> None:
    """Halves of rings: arches, handles, hooks, gates, ears, horseshoes."""
    radius, colour = _radius(rng), random_colour(rng)
    axes = (max(1, int(radius)), max(1, int(radius * rng.uniform(0.5, 1.6))))
    start, sweep = float(rng.integers(4) * 90), float(rng.uniform(120, 300))
    thick = max(1, int(radius * rng.uniform(0.08, 0.35)))
    for x, y in _spots(rng, canvas, radius):
        middle = (int(x), int(y))
        cv2.ellipse(canvas, middle, axes, start, 0, sweep, colour, thick, cv2.LINE_AA)


def _faces(rng: np.random.Generator, canvas: Canvas) -> None:
    """Two dots and a line in a rounded shape: faces, sockets, masks, fronts of cars."""
    radius, skin, ink = _radius(rng), random_colour(rng), random_colour(rng)
    mouth: npt.NDArray[np.float64] = rng.uniform(0.2, 0.6, 2) * radius
    for x, y in _spots(rng, canvas, radius):
        cv2.ellipse(
            canvas,
            (int(x), int(y)),
            (max(1, int(radius)), max(1, int(radius * 1.2))),
            0,
            0,
            360,
            skin,
            -1,
            cv2.LINE_AA,
        )
        for side in (-1, 1):
            _disc(canvas, (x + side * radius * 0.4, y - radius * 0.25), radius * 0.13, ink)
        ends = ((int(x - mouth[0]), int(y + mouth[1])), (int(x + mouth[0]), int(y + mouth[1])))
        cv2.line(canvas, *ends, ink, max(1, round(radius / 10)), cv2.LINE_AA)


DISCS: tuple[Painter, ...] = (_people, _people, _targets, _targets, _balls, _balls, _arches, _faces)


def draw_discs(rng: np.random.Generator, canvas: Canvas) -> None:
    """Draw some round things of one kind."""
    DISCS[int(rng.integers(len(DISCS)))](rng, canvas)
