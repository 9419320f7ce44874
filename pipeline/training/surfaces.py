"""Procedural surfaces: plaster, foliage, sky, paper, wood, tiles, bricks, and what shimmers."""

import cv2
import numpy as np
import numpy.typing as npt

from pipeline.training.drawing import Canvas, Field, Painter, Rng, noise, size_of


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


def sky(rng: Rng, canvas: Canvas) -> None:
    """Blue to grey from top to bottom, with clouds."""
    top = np.array([rng.uniform(150, 255), rng.uniform(100, 190), rng.uniform(50, 170)])
    ramp = np.linspace(0, rng.uniform(20, 90), canvas.shape[0], dtype=np.float32)[:, None]
    clouds = np.clip(noise(rng, size_of(canvas), (3, 4), 5), 0, 1) * rng.uniform(20, 150)
    _tint(canvas, top, ramp + clouds)


def paper(rng: Rng, canvas: Canvas) -> None:
    """White to yellowish, with faint folds."""
    base = rng.uniform(190, 250) - np.array([rng.uniform(0, 45), rng.uniform(0, 18), 0])
    tone = noise(rng, size_of(canvas), (2, 2)) * rng.uniform(2, 14)
    tone += rng.normal(0, rng.uniform(0, 4), canvas.shape[:2]).astype(np.float32)
    _tint(canvas, base, tone)


def wood(rng: Rng, canvas: Canvas) -> None:
    """Long grain along the width or height, with planks."""
    along = rng.chance(0.5)
    cells = (2.0, rng.between(20, 60))
    tone = noise(rng, size_of(canvas), cells if along else cells[::-1], 3) * rng.uniform(15, 45)
    if rng.chance(0.6):
        step = rng.whole(20, 120)
        (tone if along else tone.T)[::step] -= 70
    _tint(canvas, np.array([50, 85, 130]) * rng.uniform(0.4, 1.5), tone)


def foliage(rng: Rng, canvas: Canvas) -> None:
    """Many leaves of a few greens (or autumn colours) over darkness."""
    width, height = size_of(canvas)
    canvas[:] = np.array([20, 35, 20]) * rng.uniform(0.2, 1.6)
    base = np.array([40, 130, 70] if rng.chance(0.75) else [40, 100, 180], dtype=np.float64)
    length = rng.between(4, 26)
    for _ in range(int(min(2500, 2.5 * height * width / length**2))):
        centre = rng.point(canvas)
        axes = (max(1, int(length * rng.uniform(0.4, 1))), max(1, int(length * 0.3)))
        tone = np.clip(base * rng.uniform(0.3, 1.5) + rng.normal(0, 12, 3), 0, 255)
        cv2.ellipse(canvas, centre, axes, rng.between(0, 180), 0, 360, tone.tolist(), -1)


def tiles(rng: Rng, canvas: Canvas) -> None:
    """Tiles, bricks or paving stones with joints, each of its own tone."""
    height, width = canvas.shape[:2]
    wide = rng.whole(14, 110)
    high = max(4, int(wide * rng.choice([0.35, 0.5, 1.0, 1.0])))
    gap, spread = rng.whole(1, 5), rng.between(3, 25)
    canvas[:] = rng.colour()
    base, offset = np.array(rng.colour()), int(rng.choice([0, wide // 2]))
    for row, y in enumerate(range(0, height, high)):
        for x in range(-(offset * (row % 2)), width, wide):
            tone = np.clip(base + rng.normal(0, spread), 0, 255).astype(np.uint8)
            canvas[y : y + high - gap, max(0, x) : max(0, x + wide - gap)] = tone
    grain = rng.normal(0, rng.uniform(0, 10), (height, width, 1))
    canvas[:] = np.clip(canvas + grain, 0, 255).astype(np.uint8)


def marble(rng: Rng, canvas: Canvas) -> None:
    """Veins: where smooth noise is near zero."""
    veins = np.exp(-np.abs(noise(rng, size_of(canvas), (3, 3))) * rng.uniform(8, 30))
    tone = noise(rng, size_of(canvas), (2, 2)) * 15 - veins * rng.uniform(-90, 90)
    _tint(canvas, _muted(rng), tone.astype(np.float32))


def ripples(rng: Rng, canvas: Canvas) -> None:
    """Waves: corrugated iron, curtains, water."""
    height, width = canvas.shape[:2]
    y, x = np.mgrid[:height, :width].astype(np.float32)
    turn = float(rng.choice([0.0, np.pi / 2, rng.uniform(0, np.pi)]))
    bend = noise(rng, (width, height), (2, 2), 2) * rng.uniform(0, 15)
    phase = (x * np.cos(turn) + y * np.sin(turn) + bend) / rng.uniform(1.5, 12)
    _tint(canvas, _muted(rng), (np.sin(phase) * rng.uniform(8, 60)).astype(np.float32))


SURFACES: tuple[Painter, ...] = (
    *(plaster, plaster, sky, paper, wood, foliage, tiles, marble, ripples),
)
"""Plaster stands in the list twice because it is frequent."""
