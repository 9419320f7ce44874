"""What stands behind the text: photographs and surfaces, with clutter and decoys on them."""

from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from pipeline.training.clutter import DECOYS, DISCS, draw_shapes
from pipeline.training.drawing import Canvas, Field, Painter, Rng, Size, noise, size_of

_HELD_OUT_EVERY = 10
_AREA = cv2.INTER_AREA


@lru_cache(maxsize=2000)
def _read(path: Path) -> npt.NDArray[np.uint8]:
    image = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    if image is None:
        raise ValueError(f"no picture: {path.name}")
    if image.ndim == 2:
        image = cv2.cvtColor(image, cv2.COLOR_GRAY2BGR)
    return np.asarray(image, dtype=np.uint8)


def recolour(rng: Rng, image: Canvas) -> Canvas:
    """Return a picture of the same things with another hue, saturation, brightness, contrast."""
    if rng.chance(0.4):
        hsv = cv2.cvtColor(image, cv2.COLOR_BGR2HSV).astype(np.int32)
        hsv[:, :, 0] = (hsv[:, :, 0] + int(rng.integers(-25, 26))) % 180
        hsv[:, :, 1] = np.clip(hsv[:, :, 1] * rng.uniform(0.2, 1.5), 0, 255)
        image = np.asarray(cv2.cvtColor(hsv.astype(np.uint8), cv2.COLOR_HSV2BGR), dtype=np.uint8)
    curve = np.arange(256) / 255
    curve = curve ** rng.uniform(0.6, 1.6) * rng.uniform(0.7, 1.25)
    return np.asarray(cv2.LUT(image, np.clip(curve * 255, 0, 255).astype(np.uint8)), dtype=np.uint8)


class Photographs:
    """The photographs of one split."""

    def __init__(self, folder: Path, held_out: bool) -> None:
        """Find the files; every tenth of each kind is for the held-out pictures only."""

        def share(kind: str) -> list[Path]:
            paths = sorted(path for path in (folder / kind).glob("*") if path.is_file())
            return [p for i, p in enumerate(paths) if (i % _HELD_OUT_EVERY == 0) == held_out]

        self.scenes, self.textures, self.objects = map(share, ("scenes", "textures", "objects"))

    def texture(self, rng: Rng, size: Size) -> Canvas:
        """Return a surface of (width, height), repeated in mirror image where it is too small."""
        image = _read(rng.pick(self.textures))[:, :, :3]
        scale = rng.log_uniform(0.3, 2.0)
        image = np.asarray(cv2.resize(image, None, fx=scale, fy=scale, interpolation=_AREA))
        height, width = image.shape[:2]
        columns, rows = -(-(size[0] + width) // width), -(-(size[1] + height) // height)
        image = np.tile(image, (rows, columns, 1))
        x, y = int(rng.integers(width)), int(rng.integers(height))
        return recolour(rng, image[y : y + size[1], x : x + size[0]].copy())

    def scene(self, rng: Rng, size: Size) -> Canvas:
        """Return a cut-out of a photograph, scaled to (width, height)."""
        image = _read(rng.pick(self.scenes))[:, :, :3]
        height, width = image.shape[:2]
        zoom = min(width / size[0], height / size[1]) * rng.uniform(0.35, 1.0)
        cut = int(size[0] * zoom), int(size[1] * zoom)
        x, y = int(rng.integers(width - cut[0] + 1)), int(rng.integers(height - cut[1] + 1))
        part = image[y : y + cut[1], x : x + cut[0]]
        if rng.chance(0.5):
            part = part[:, ::-1]
        return recolour(rng, np.asarray(cv2.resize(part, size, interpolation=_AREA)))

    def paste_object(self, rng: Rng, canvas: Canvas) -> None:
        """Put an object somewhere on the canvas, turned and scaled; it may stick out."""
        image = _read(rng.pick(self.objects))
        if image.shape[2] < 4:
            return
        height, width = canvas.shape[:2]
        scale = rng.log_uniform(0.15, 1.6)
        centre = rng.uniform(0, 1, 2) * [width, height]
        middle = image.shape[1] / 2, image.shape[0] / 2
        turn = cv2.getRotationMatrix2D(middle, float(rng.normal(0, 15)), scale)
        turn[:, 2] += centre - middle
        warped = cv2.warpAffine(image, turn, (width, height), flags=_AREA)
        share = warped[:, :, 3:].astype(np.float32) / 255
        colour = recolour(rng, np.ascontiguousarray(warped[:, :, :3]))
        canvas[:] = (canvas * (1 - share) + colour * share).astype(np.uint8)


def _tint(canvas: Canvas, colour: npt.ArrayLike, tone: Field) -> None:
    shade = np.asarray(colour, dtype=np.float32) + tone[:, :, None]
    canvas[:] = np.clip(shade, 0, 255).astype(np.uint8)


def _muted(rng: Rng) -> npt.NDArray[np.float64]:
    grey = rng.uniform(40, 225)
    return np.clip(grey + rng.normal(0, 22, 3), 0, 255)


def plaster(rng: Rng, canvas: Canvas) -> None:
    tone = noise(rng, size_of(canvas), (3, 3)) * rng.uniform(5, 30)
    grain = rng.normal(0, rng.uniform(2, 14), canvas.shape[:2]).astype(np.float32)
    tone += cv2.GaussianBlur(grain, (0, 0), rng.between(0.4, 1.5))
    _tint(canvas, _muted(rng), tone)


def paper(rng: Rng, canvas: Canvas) -> None:
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
    canvas = np.ascontiguousarray(_ground(rng, size, photographs))
    for _ in range(int(rng.choice([0, 1, 2, 3], p=[0.4, 0.3, 0.2, 0.1]))):
        _patch(rng, canvas, photographs)
    for _ in range(int(rng.poisson(1.0))):
        (photographs.paste_object if rng.chance(0.6) else draw_shapes)(rng, canvas)
    for painters, mean in ((DECOYS, 0.8), (DISCS, 0.5)):
        for _ in range(int(rng.poisson(mean))):
            rng.pick(painters)(rng, canvas)
    return canvas
