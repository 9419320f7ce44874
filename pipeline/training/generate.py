"""Generate the labelled pictures.

    python -m pipeline.training.generate FOLDER [--train 2400] [--val 200] [--photos FOLDER]

The pictures depend on the seed, the fonts and the photographs alone. The held-out ones (val) come
from other chance, other font families, other words and other photographs.
"""

import argparse
import json
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import yaml

from pipeline.training.backgrounds import obstruct, paint_background
from pipeline.training.clutter import Canvas
from pipeline.training.degrade import degrade
from pipeline.training.fonts import Families, find_families
from pipeline.training.layouts import fill_scene
from pipeline.training.lighting import light
from pipeline.training.photographs import Photographs
from pipeline.training.scene import Scene
from pipeline.training.texts import vocabulary
from pipeline.training.typesetter import Typesetter

SIZES = ((640, 384), (640, 360), (640, 480), (480, 640), (640, 640), (512, 512))
"""Widths and heights of the pictures in pixels."""

CLASS_NAME = "text"
_OBSTRUCTED = 0.12


@dataclass(frozen=True)
class Sources:
    """Where a split's pictures come from."""

    families: Families
    words: tuple[str, ...]
    photographs: Photographs


def find_sources(fonts: Path, photos: Path | None, held_out: bool) -> Sources:
    """Return the fonts, words and photographs of one split."""
    return Sources(
        find_families(fonts, held_out), vocabulary(held_out), Photographs(photos, held_out)
    )


def make_picture(seed: list[int], sources: Sources) -> tuple[Canvas, npt.NDArray[np.float64]]:
    """Return a picture (height, width, 3) uint8 BGR and its lines' boxes, (n, 4) xyxy pixels."""
    rng = np.random.default_rng(seed)
    size = SIZES[int(rng.integers(len(SIZES)))]
    scene = Scene(paint_background(rng, size, sources.photographs))
    setter = Typesetter(rng, sources.families, sources.words, sources.photographs)
    fill_scene(setter, scene)
    if rng.random() < _OBSTRUCTED:
        obstruct(rng, scene.canvas)
    image = degrade(rng, light(rng, scene.canvas), scene.letter_height)
    return image, np.array(scene.boxes, dtype=np.float64).reshape(-1, 4)


def label_text(boxes: npt.NDArray[np.float64], size: tuple[int, int]) -> str:
    """Return the boxes as a YOLO label file: class, centre and sides as shares of the picture."""
    centres = (boxes[:, :2] + boxes[:, 2:]) / 2 / size
    sides = (boxes[:, 2:] - boxes[:, :2]) / size
    rows = np.concatenate([centres, sides], axis=1)
    return "".join("0 " + " ".join(f"{value:.6f}" for value in row) + "\n" for row in rows)


def _write_picture(folder: Path, split: str, seed: list[int], sources: Sources) -> int:
    image, boxes = make_picture(seed, sources)
    name = f"{seed[-1]:05}"
    quality = [cv2.IMWRITE_JPEG_QUALITY, 93]
    cv2.imwrite(str(folder / "images" / split / f"{name}.jpg"), image, quality)
    text = label_text(boxes, (image.shape[1], image.shape[0]))
    (folder / "labels" / split / f"{name}.txt").write_text(text)
    return len(boxes)


def write_split(
    folder: Path, split: str, count: int, seed: int, fonts: Path, photos: Path | None, jobs: int = 1
) -> int:
    """Write `count` pictures and label files of one split; return the number of lines they show."""
    for kind in ("images", "labels"):
        (folder / kind / split).mkdir(parents=True, exist_ok=True)
    write = partial(_write_range, folder, split, seed, fonts, photos)
    starts = [range(job, count, jobs) for job in range(jobs)]
    if jobs == 1:
        return write(starts[0])
    with ProcessPoolExecutor(jobs) as pool:
        return sum(pool.map(write, starts))


def _write_range(
    folder: Path, split: str, seed: int, fonts: Path, photos: Path | None, indexes: range
) -> int:
    held_out = split == "val"
    cv2.setNumThreads(1)
    sources = find_sources(fonts, photos, held_out)
    return sum(
        _write_picture(folder, split, [seed, int(held_out), index], sources) for index in indexes
    )


def write_dataset(
    folder: Path,
    counts: dict[str, int],
    seed: int,
    fonts: Path,
    photos: Path | None,
    jobs: int = 1,
) -> dict[str, int]:
    """Write every split and the `data.yaml` that ultralytics reads; return the lines of each."""
    lines = {
        split: write_split(folder, split, count, seed, fonts, photos, jobs)
        for split, count in counts.items()
    }
    data = {"path": str(folder.resolve()), "names": {0: CLASS_NAME}}
    data |= {split: f"images/{split}" for split in ("train", "val")}
    (folder / "data.yaml").write_text(yaml.safe_dump(data))
    return lines


def main() -> None:
    """Read the command line and write the dataset."""
    parser = argparse.ArgumentParser(description="Generate labelled pictures of text.")
    parser.add_argument("folder", type=Path, help="where the pictures go, outside the tree")
    parser.add_argument("--train", type=int, default=2400, help="pictures to train with")
    parser.add_argument("--val", type=int, default=200, help="held-out pictures")
    parser.add_argument("--seed", type=int, default=16)
    parser.add_argument("--fonts", type=Path, default=Path("/usr/share/fonts"))
    parser.add_argument("--photos", type=Path, help="folder with scenes, textures and objects")
    parser.add_argument("--jobs", type=int, default=2, help="processes at a time")
    options = parser.parse_args()
    counts = {"train": options.train, "val": options.val}
    lines = write_dataset(
        options.folder, counts, options.seed, options.fonts, options.photos, options.jobs
    )
    print(json.dumps({"lines": lines}))


if __name__ == "__main__":
    main()
