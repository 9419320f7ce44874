"""Cut single lines out of generated pictures, enlarged: letters as large as the picture.

Only the training pictures of a set are cut. The result has the same form and depends on the
pictures and the seed alone.
"""

from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from pipeline.training.drawing import Canvas, Rng, Size, size_of
from pipeline.training.generate import SIZES, label_text
from pipeline.training.panel import Boxes
from pipeline.training.scene import clip

_MIN_HEIGHT = 14.0
_ZOOM = (1.3, 6.0)
_ATTEMPTS = 12


def read_boxes(path: Path, size: Size) -> Boxes:
    """Return the boxes of a label file, (n, 4) xyxy in pixels of a picture of `size`."""
    rows = [[float(value) for value in row.split()[1:]] for row in path.read_text().splitlines()]
    centres = np.array(rows, dtype=np.float64).reshape(-1, 4) * [*size, *size]
    half = centres[:, 2:] / 2
    return np.concatenate([centres[:, :2] - half, centres[:, :2] + half], axis=1)


def choose_window(rng: Rng, line: Boxes, picture: Size, size: Size) -> Boxes | None:
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
    clipped, sides, counts = clip(boxes, window, 1.2)
    gone = (sides <= 1).any(axis=1)
    if not (gone | counts).all():
        return None
    return np.asarray((clipped[~gone] - np.tile(window[:2], 2)) * zoom)


def cut(rng: Rng, image: Canvas, boxes: Boxes) -> tuple[Canvas, Boxes] | None:
    """Return an enlarged part of the picture and its lines; None when nothing suits."""
    picture = size_of(image)
    for _ in range(_ATTEMPTS if len(boxes) else 0):
        size = rng.pick(SIZES)
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


def write_cuts(data: Path, folder: Path, count: int = 1200, seed: int = 16) -> int:
    """Write up to `count` cut-outs of the training pictures in `data`; return how many."""
    images = sorted((data / "images" / "train").glob("*.jpg"))
    for kind in ("images", "labels"):
        (folder / kind / "train").mkdir(parents=True, exist_ok=True)
    written = 0
    order: npt.NDArray[np.int64] = np.random.default_rng(seed).permutation(len(images))
    for index in order:
        path, rng = images[index], Rng.seeded(seed, int(index))
        image = np.asarray(cv2.imread(str(path)), dtype=np.uint8)
        label = data / "labels" / "train" / f"{path.stem}.txt"
        result = cut(rng, image, read_boxes(label, size_of(image)))
        if result is None:
            continue
        part, boxes = result
        cv2.imwrite(str(folder / "images" / "train" / path.name), part)
        text = label_text(boxes, size_of(part))
        (folder / "labels" / "train" / label.name).write_text(text)
        written += 1
        if written == count:
            break
    return written
