"""Cut single lines out of generated pictures, enlarged: letters as large as the picture.

    python -m pipeline.training.zoom DATA FOLDER [--count 1200]

DATA is a folder that `pipeline.training.generate` wrote; only its training pictures are cut. The
result has the same form and depends on the pictures and the seed alone.
"""

import argparse
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from pipeline.training.clutter import Canvas
from pipeline.training.generate import SIZES, label_text
from pipeline.training.panel import Boxes

_MIN_HEIGHT = 14.0
_ZOOM = (1.3, 6.0)
_ATTEMPTS = 12
_SHOWN = 0.6


def read_boxes(path: Path, size: tuple[int, int]) -> Boxes:
    """Return the boxes of a label file, (n, 4) xyxy in pixels of a picture of `size`."""
    rows = [[float(value) for value in row.split()[1:]] for row in path.read_text().splitlines()]
    centres = np.array(rows, dtype=np.float64).reshape(-1, 4) * [*size, *size]
    half = centres[:, 2:] / 2
    return np.concatenate([centres[:, :2] - half, centres[:, :2] + half], axis=1)


def choose_window(
    rng: np.random.Generator, line: Boxes, picture: tuple[int, int], size: tuple[int, int]
) -> Boxes | None:
    """Return the part of the picture (xyxy) that shows `line` large on a picture of `size`.

    None when the line is too small, or large already.
    """
    wide, high = line[2:] - line[:2]
    share = rng.uniform(0.12, 0.75)
    zoom = min(share * size[1] / high, rng.uniform(0.6, 1.15) * size[0] / wide)
    zoom = max(zoom, size[0] / picture[0], size[1] / picture[1])
    if high < _MIN_HEIGHT or not _ZOOM[0] <= zoom <= _ZOOM[1]:
        return None
    sides = np.array(size) / zoom
    low = np.maximum(np.minimum(line[2:] - sides, line[:2]), 0)
    high_end = np.minimum(np.maximum(line[2:] - sides, line[:2]), np.array(picture) - sides)
    corner = np.clip(rng.uniform(low, np.maximum(low, high_end)), 0, np.array(picture) - sides)
    return np.concatenate([corner, corner + sides])


def boxes_in(window: Boxes, boxes: Boxes, zoom: float) -> Boxes | None:
    """Return the lines seen in the window, in its enlarged pixels; None if one is cut badly."""
    clipped = np.clip(boxes, [*window[:2]] * 2, [*window[2:]] * 2)
    sides, whole = clipped[:, 2:] - clipped[:, :2], boxes[:, 2:] - boxes[:, :2]
    gone = (sides <= 1).any(axis=1)
    tall = sides[:, 1] >= _SHOWN * whole[:, 1]
    wide = (sides[:, 0] >= 0.999 * whole[:, 0]) | (sides[:, 0] >= 1.2 * whole[:, 1])
    if (~gone & ~(tall & wide)).any():
        return None
    return np.asarray((clipped[~gone] - np.tile(window[:2], 2)) * zoom)


def cut(rng: np.random.Generator, image: Canvas, boxes: Boxes) -> tuple[Canvas, Boxes] | None:
    """Return an enlarged part of the picture and its lines; None when nothing suits."""
    picture = (image.shape[1], image.shape[0])
    for _ in range(_ATTEMPTS if len(boxes) else 0):
        size = SIZES[int(rng.integers(len(SIZES)))]
        line = boxes[int(rng.integers(len(boxes)))]
        window = choose_window(rng, line, picture, size)
        if window is None:
            continue
        zoom = size[0] / float(window[2] - window[0])
        seen = boxes_in(window, boxes, zoom)
        if seen is not None and len(seen):
            x1, y1, x2, y2 = (round(float(value)) for value in window)
            part = image[y1 : max(y2, y1 + 1), x1 : max(x2, x1 + 1)]
            return np.asarray(cv2.resize(part, size, interpolation=cv2.INTER_CUBIC)), seen
    return None


def write_cuts(data: Path, folder: Path, count: int, seed: int) -> int:
    """Write up to `count` cut-outs of the training pictures in `data`; return how many."""
    images = sorted((data / "images" / "train").glob("*.jpg"))
    for kind in ("images", "labels"):
        (folder / kind / "train").mkdir(parents=True, exist_ok=True)
    written = 0
    order: npt.NDArray[np.int64] = np.random.default_rng(seed).permutation(len(images))
    for index in order:
        path, rng = images[index], np.random.default_rng([seed, int(index)])
        image = np.asarray(cv2.imread(str(path)), dtype=np.uint8)
        label = data / "labels" / "train" / f"{path.stem}.txt"
        result = cut(rng, image, read_boxes(label, (image.shape[1], image.shape[0])))
        if result is None:
            continue
        part, boxes = result
        cv2.imwrite(str(folder / "images" / "train" / path.name), part)
        text = label_text(boxes, (part.shape[1], part.shape[0]))
        (folder / "labels" / "train" / label.name).write_text(text)
        written += 1
        if written == count:
            break
    return written


def main() -> None:
    """Read the command line and write the cut-outs."""
    parser = argparse.ArgumentParser(description="Cut lines out of generated pictures, enlarged.")
    parser.add_argument("data", type=Path, help="folder that pipeline.training.generate wrote")
    parser.add_argument("folder", type=Path, help="where the cut-outs go, outside the tree")
    parser.add_argument("--count", type=int, default=1200)
    parser.add_argument("--seed", type=int, default=16)
    options = parser.parse_args()
    print(write_cuts(options.data, options.folder, options.count, options.seed))


if __name__ == "__main__":
    main()
