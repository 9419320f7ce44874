"""Generate the labelled pictures.

The pictures depend on the seed, the fonts and the photographs alone. The held-out ones (val) come
from other chance, other font families, other words and other photographs.
"""

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import yaml

from pipeline.training.backgrounds import paint_background
from pipeline.training.camera import degrade, light
from pipeline.training.documents import notice, page, slide
from pipeline.training.drawing import Canvas, Rng, Size, size_of
from pipeline.training.lettering import Boxes
from pipeline.training.scene import Scene
from pipeline.training.signs import caption, direct, sign
from pipeline.training.typesetter import Sources, Typesetter, find_sources

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
    """Put text into `scene`: none, one layout or several."""
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
