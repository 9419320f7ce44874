"""Generate the labelled pictures.

    python -m pipeline.training.generate FOLDER [--train 2400] [--val 200]

The pictures depend on the seed and on the fonts of the machine alone. The held-out ones (val) come
from other chance, other font families and other words.
"""

import argparse
import json
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import yaml

from pipeline.training.backgrounds import paint_background
from pipeline.training.clutter import Canvas
from pipeline.training.degrade import degrade
from pipeline.training.fonts import Families, find_families
from pipeline.training.layouts import Typesetter, fill_scene
from pipeline.training.scene import Scene
from pipeline.training.texts import vocabulary

SIZE = (640, 384)
"""Width and height of a picture in pixels."""

CLASS_NAME = "text"


def make_picture(
    seed: list[int], families: Families, words: tuple[str, ...]
) -> tuple[Canvas, npt.NDArray[np.float64]]:
    """Return a picture (384, 640, 3) uint8 BGR and the boxes of its lines, (n, 4) xyxy pixels."""
    rng = np.random.default_rng(seed)
    scene = Scene(paint_background(rng, SIZE))
    fill_scene(Typesetter(rng, families, words), scene)
    image = degrade(rng, scene.canvas, scene.letter_height)
    return image, np.array(scene.boxes, dtype=np.float64).reshape(-1, 4)


def label_text(boxes: npt.NDArray[np.float64]) -> str:
    """Return the boxes as a YOLO label file: class, centre and sides as shares of the picture."""
    centres = (boxes[:, :2] + boxes[:, 2:]) / 2 / SIZE
    sides = (boxes[:, 2:] - boxes[:, :2]) / SIZE
    rows = np.concatenate([centres, sides], axis=1)
    return "".join("0 " + " ".join(f"{value:.6f}" for value in row) + "\n" for row in rows)


def write_split(folder: Path, split: str, count: int, seed: int, fonts: Path) -> int:
    """Write `count` pictures and label files of one split; return the number of lines they show."""
    held_out = split == "val"
    families, words = find_families(fonts, held_out), vocabulary(held_out)
    for kind in ("images", "labels"):
        (folder / kind / split).mkdir(parents=True, exist_ok=True)
    lines = 0
    for index in range(count):
        image, boxes = make_picture([seed, int(held_out), index], families, words)
        cv2.imwrite(str(folder / "images" / split / f"{index:05}.png"), image)
        (folder / "labels" / split / f"{index:05}.txt").write_text(label_text(boxes))
        lines += len(boxes)
    return lines


def write_dataset(folder: Path, counts: dict[str, int], seed: int, fonts: Path) -> dict[str, int]:
    """Write every split and the `data.yaml` that ultralytics reads; return the lines of each."""
    lines = {
        split: write_split(folder, split, count, seed, fonts) for split, count in counts.items()
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
    options = parser.parse_args()
    counts = {"train": options.train, "val": options.val}
    print(json.dumps({"lines": write_dataset(options.folder, counts, options.seed, options.fonts)}))


if __name__ == "__main__":
    main()
