"""Generate the labelled pictures.

The pictures depend on the seed, the fonts and the photographs alone. The held-out ones (val) come
from other chance, other font families, other words and other photographs.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import yaml

from pipeline.training.backgrounds import paint_background
from pipeline.training.documents import notice, page, slide
from pipeline.training.drawing import Canvas, Field, Rng, Size, noise, size_of
from pipeline.training.lettering import Boxes
from pipeline.training.scene import Scene
from pipeline.training.signs import caption, direct, sign
from pipeline.training.typesetter import Sources, Typesetter, find_sources


def _slope(rng: Rng, size: Size) -> Field:
    y, x = np.mgrid[-1 : 1 : size[1] * 1j, -1 : 1 : size[0] * 1j]
    turn = rng.uniform(0, 2 * np.pi)
    slope = 1 + rng.uniform(0.1, 0.45) * (x * np.cos(turn) + y * np.sin(turn))
    return np.asarray(slope, dtype=np.float32)


def _shadow(rng: Rng, size: Size) -> Field:
    """Return brightness with the soft shadow of a pole, a roof, a tree or a person."""
    light = np.ones((size[1], size[0]), dtype=np.float32)
    corners = rng.uniform(-0.2, 1.2, (rng.whole(3, 6), 2)) * size
    cv2.fillPoly(light, [corners.astype(np.int32)], rng.between(0.35, 0.8))
    if rng.chance(0.3):
        light = np.where(noise(rng, size, (6, 4)) > 0.1, light, light * 0.65).astype(np.float32)
    return np.asarray(cv2.GaussianBlur(light, (0, 0), rng.between(0.8, 12)))


def light(rng: Rng, image: Canvas) -> Canvas:
    size, chance = size_of(image), rng.random(5)
    lit: npt.NDArray[np.floating[Any]] = image.astype(np.float32)
    if chance[0] < 0.35:
        lit *= _slope(rng, size)[:, :, None]
    if chance[1] < 0.25:
        lit *= _shadow(rng, size)[:, :, None]
    if chance[2] < 0.3:
        lit *= rng.uniform(0.8, 1.15, 3).astype(np.float32)
    if chance[3] < 0.4:
        lit = lit * np.float32(rng.uniform(0.55, 1.2)) + np.float32(rng.uniform(-15, 30))
    lit = np.clip(lit, 0, 255)
    if chance[4] < 0.3:
        lit = 255 * (lit / 255) ** np.float32(rng.uniform(0.65, 1.5))
    return lit.astype(np.uint8)


def _jpeg(rng: Rng, image: Canvas, low: int, high: int) -> Canvas:
    _, encoded = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, rng.whole(low, high)])
    return np.asarray(cv2.imdecode(encoded, cv2.IMREAD_COLOR), dtype=np.uint8)


def _shrink(rng: Rng, image: Canvas, factor: float, jpeg: Size | None = None) -> Canvas:
    """Return the image of lower resolution, as JPEG of a quality between `jpeg`, enlarged again."""
    small = np.asarray(
        cv2.resize(image, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA), dtype=np.uint8
    )
    if jpeg:
        small = _jpeg(rng, small, *jpeg)
    return np.asarray(cv2.resize(small, size_of(image)), dtype=np.uint8)


def degrade(rng: Rng, image: Canvas, letter_height: float) -> Canvas:
    """Return `image` as a camera might see it; letters `letter_height` high stay readable."""
    limit = min(4.0, max(0.5, letter_height / 11))
    chance = rng.random(4)
    if chance[0] < 0.3:
        blurred = cv2.GaussianBlur(image, (0, 0), rng.between(0.3, limit))
        image = np.asarray(blurred, dtype=np.uint8)
    if chance[1] < 0.2:
        image = _shrink(rng, image, 1 / rng.between(1, 1 + limit / 2))
    if chance[2] < 0.3:
        grain = rng.normal(0, rng.between(2, 20), image.shape)
        image = np.clip(image + grain, 0, 255).astype(np.uint8)
    if chance[3] < 0.35:
        image = _jpeg(rng, image, 20, 90)
    elif chance[3] < 0.55:
        factor = rng.between(max(0.5, 1 / (1 + limit / 3)), 1)
        image = _shrink(rng, image, factor, (12 if limit > 1.5 else 25, 50))
    return image


SIZES = ((640, 384), (640, 360), (640, 480), (480, 640), (640, 640), (512, 512))
"""Widths and heights of the pictures in pixels."""

Layout = Callable[[Typesetter, Scene], None]

LAYOUTS: tuple[tuple[float, tuple[Layout, ...]], ...] = (
    (0.13, ()),
    (0.12, (sign,)),
    (0.20, (sign, sign, sign, direct)),
    (0.12, (direct, direct)),
    (0.12, (notice, sign, direct)),
    (0.13, (slide,)),
    (0.08, (page,)),
    (0.10, (caption,)),
)
"""How often each set of layouts occurs; the first is a picture without text."""


def fill_scene(setter: Typesetter, scene: Scene) -> None:
    chances = np.array([share for share, _ in LAYOUTS])
    for layout in LAYOUTS[int(setter.rng.choice(len(LAYOUTS), p=chances / chances.sum()))][1]:
        layout(setter, scene)


def make_picture(seed: list[int], sources: Sources) -> tuple[Canvas, Boxes]:
    """Return a picture (height, width, 3) uint8 BGR and its lines' boxes, (n, 4) xyxy pixels."""
    rng = Rng.seeded(*seed)
    scene = Scene(paint_background(rng, rng.pick(SIZES), sources.photographs))
    fill_scene(Typesetter(rng, sources), scene)
    image = degrade(rng, light(rng, scene.canvas), scene.letter_height)
    return image, np.array(scene.boxes, dtype=np.float64).reshape(-1, 4)


def label_text(boxes: Boxes, size: Size) -> str:
    """Return the boxes as a YOLO label file: class, centre and sides as shares of the picture."""
    centres = (boxes[:, :2] + boxes[:, 2:]) / 2 / size
    sides = (boxes[:, 2:] - boxes[:, :2]) / size
    rows = np.concatenate([centres, sides], axis=1)
    return "".join("0 " + " ".join(f"{value:.6f}" for value in row) + "\n" for row in rows)


def write_split(folder: Path, split: str, count: int, seed: int, fonts: Path, photos: Path) -> int:
    """Write `count` pictures and label files of one split; return the number of lines they show."""
    held_out, lines = split == "val", 0
    sources = find_sources(fonts, photos, held_out)
    images, labels = (folder / kind / split for kind in ("images", "labels"))
    for part in (images, labels):
        part.mkdir(parents=True, exist_ok=True)
    for index in range(count):
        image, boxes = make_picture([seed, int(held_out), index], sources)
        quality = [cv2.IMWRITE_JPEG_QUALITY, 93]
        cv2.imwrite(str(images / f"{index:05}.jpg"), image, quality)
        (labels / f"{index:05}.txt").write_text(label_text(boxes, size_of(image)))
        lines += len(boxes)
    return lines


def write_dataset(
    folder: Path, fonts: Path, photos: Path, train: int = 2400, val: int = 200, seed: int = 16
) -> dict[str, int]:
    """Write pictures to train with, held-out ones (val) and the `data.yaml` of ultralytics.

    Returns the number of lines in each split.
    """
    cv2.setNumThreads(1)
    lines = {
        split: write_split(folder, split, count, seed, fonts, photos)
        for split, count in (("train", train), ("val", val))
    }
    data = {"path": str(folder.resolve()), "names": {0: "text"}}
    data |= {split: f"images/{split}" for split in lines}
    (folder / "data.yaml").write_text(yaml.safe_dump(data))
    return lines
