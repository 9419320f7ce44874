"""Cut single lines out of generated pictures, enlarged: letters as large as the picture.

Only the training pictures of a set are cut. The result has the same form and depends on the
pictures and the seed alone.
"""

from pathlib import Path

import cv2
import numpy as np

from pipeline.training.drawing import Canvas, Rng, Size, size_of
from pipeline.training.generate import SIZES, label_text
from pipeline.training.lettering import Boxes
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
    for _ in range(_ATTEMPTS if len(boxes) else 0):
        size, line = rng.pick(SIZES), rng.pick(list(boxes))
        window = choose_window(rng, line, size_of(image), size)
        if window is None:
            continue
        seen = boxes_in(window, boxes, size[0] / float(window[2] - window[0]))
        if seen is not None and len(seen):
            x1, y1, x2, y2 = (round(float(value)) for value in window)
            part = image[y1 : max(y2, y1 + 1), x1 : max(x2, x1 + 1)]
            return np.asarray(cv2.resize(part, size, interpolation=cv2.INTER_CUBIC)), seen
    return None


def write_cuts(data: Path, folder: Path, count: int = 1200, seed: int = 16) -> int:
    """Write up to `count` cut-outs of the training pictures in `data`; return how many."""
    sources, targets = (
        [part / kind / "train" for kind in ("images", "labels")] for part in (data, folder)
    )
    for target in targets:
        target.mkdir(parents=True, exist_ok=True)
    images, written = sorted(sources[0].glob("*.jpg")), 0
    for index in np.random.default_rng(seed).permutation(len(images)).tolist():
        path = images[index]
        image = np.asarray(cv2.imread(str(path)), dtype=np.uint8)
        boxes = read_boxes(sources[1] / f"{path.stem}.txt", size_of(image))
        result = cut(Rng.seeded(seed, index), image, boxes)
        if result is not None:
            cv2.imwrite(str(targets[0] / path.name), result[0])
            text = label_text(result[1], size_of(result[0]))
            (targets[1] / f"{path.stem}.txt").write_text(text)
            written += 1
        if written == count:
            break
    return written
