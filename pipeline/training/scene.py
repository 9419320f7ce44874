"""Composition of a labelled picture: blocks of lines on a background, one box for each line."""

from dataclasses import dataclass, field

import cv2
import numpy as np
import numpy.typing as npt

from pipeline.training.clutter import Canvas, random_colour
from pipeline.training.lettering import FILL, OUTLINE, PLATE, Block, warp_block

Boxes = npt.NDArray[np.float64]
_LUMA = np.array([0.114, 0.587, 0.299])
_MIN_SIDE = 4.0
_MIN_VISIBLE = 0.75
_MARGIN = 3


@dataclass
class Scene:
    """A picture in the making.

    canvas: (height, width, 3) uint8 BGR. boxes: xyxy in pixels, one for each line.
    taken: rectangles that stay free of further text.
    """

    canvas: Canvas
    boxes: list[Boxes] = field(default_factory=list)
    taken: list[Boxes] = field(default_factory=list)
    letter_height: float = 400.0

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.canvas.shape[1], self.canvas.shape[0]

    def is_free(self, area: Boxes) -> bool:
        """Tell whether no placed block touches `area` (xyxy)."""
        return not any(
            area[0] < other[2] and other[0] < area[2] and area[1] < other[3] and other[1] < area[3]
            for other in self.taken
        )


@dataclass(frozen=True)
class Ink:
    """The colours of a block and how much its plate hides (0-1)."""

    plate: tuple[int, int, int]
    outline: tuple[int, int, int]
    fill: tuple[int, int, int]
    plate_alpha: float = 1.0


def luma(colour: npt.ArrayLike) -> float:
    """Return the brightness 0-255 of a colour (weights of ITU-R BT.601)."""
    return float(np.asarray(colour, dtype=np.float64) @ _LUMA)


def contrasting(
    rng: np.random.Generator, against: npt.ArrayLike, contrast: float
) -> tuple[int, int, int]:
    """Return a colour whose brightness differs from that of `against` by `contrast` or more."""
    ground = luma(against)
    for _ in range(20):
        colour = random_colour(rng)
        if abs(luma(colour) - ground) >= contrast:
            return colour
    return (255, 255, 255) if ground < 128 else (0, 0, 0)


def homography(
    rng: np.random.Generator, size: tuple[int, int], angle: float, depth: float
) -> npt.NDArray[np.float64]:
    """Return a rotation by `angle` degrees with corners moved by up to `depth` of a side.

    The result maps the block to the origin: its leftmost and topmost points lie on the axes.
    """
    width, height = size
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], dtype=np.float32)
    moved = corners + rng.uniform(-depth, depth, (4, 2)) * min(width, 4 * height) * [
        1,
        min(1, height / width),
    ]
    turn = np.deg2rad(angle)
    moved = moved @ np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    moved -= moved.min(axis=0)
    return np.asarray(
        cv2.getPerspectiveTransform(corners, moved.astype(np.float32)), dtype=np.float64
    )


def extent(size: tuple[int, int], matrix: npt.NDArray[np.float64]) -> tuple[float, float]:
    """Return the width and height that a block of `size` takes after `matrix`."""
    corners = np.array(
        [[[0, 0]], [[size[0], 0]], [[size[0], size[1]]], [[0, size[1]]]], dtype=np.float64
    )
    projected = cv2.perspectiveTransform(corners, matrix).reshape(4, 2)
    width, height = projected.max(axis=0) - projected.min(axis=0)
    return float(width), float(height)


def choose_ink(
    rng: np.random.Generator, scene: Scene, block: Block, mask: npt.NDArray[np.uint8]
) -> Ink:
    """Choose colours that can be read on the plate or on what the canvas shows below."""
    contrast = float(rng.choice([45.0, 80.0, 120.0], p=[0.15, 0.45, 0.4]))
    below = mask[:, :, FILL] > 64
    pixels = scene.canvas[below] if below.any() else scene.canvas.reshape(-1, 3)
    ground = pixels.mean(axis=0)
    alpha = 1.0 if rng.random() < 0.6 else float(rng.uniform(0.35, 0.9))
    plate = random_colour(rng)
    if block.style.plate != "none":
        ground = alpha * np.array(plate) + (1 - alpha) * ground
    if block.style.outline:
        outline = contrasting(rng, ground, contrast / 2)
        return Ink(plate, outline, contrasting(rng, outline, contrast), alpha)
    return Ink(plate, (0, 0, 0), contrasting(rng, ground, contrast), alpha)


def _blend(
    canvas: Canvas, coverage: npt.NDArray[np.uint8], colour: tuple[int, int, int], alpha: float
) -> None:
    x, y, width, height = cv2.boundingRect(coverage)
    area = (slice(y, y + height), slice(x, x + width))
    share = coverage[area][:, :, None].astype(np.float32) * (alpha / 255)
    canvas[area] = (canvas[area] * (1 - share) + np.array(colour, dtype=np.float32) * share).astype(
        np.uint8
    )


def _label(scene: Scene, boxes: Boxes) -> bool:
    """Clip the boxes to the canvas; False when a line is too small or mostly outside."""
    width, height = scene.size
    clipped = np.clip(boxes, 0, [width, height, width, height])
    sides = clipped[:, 2:] - clipped[:, :2]
    whole = (boxes[:, 2:] - boxes[:, :2]).prod(axis=1)
    if (sides < _MIN_SIDE).any() or (sides.prod(axis=1) < _MIN_VISIBLE * whole).any():
        return False
    scene.boxes.extend(clipped)
    return True


def place(
    rng: np.random.Generator,
    scene: Scene,
    block: Block,
    matrix: npt.NDArray[np.float64],
    corner: tuple[float, float],
    ink: Ink | None = None,
) -> bool:
    """Draw `block` with its top left at `corner`, unless it touches another or sticks out."""
    shift = np.array([[1, 0, corner[0]], [0, 1, corner[1]], [0, 0, 1]], dtype=np.float64)
    width, height = extent(block.size, matrix)
    x, y = corner
    area = np.array([x - _MARGIN, y - _MARGIN, x + width + _MARGIN, y + height + _MARGIN])
    if not scene.is_free(area):
        return False
    mask, boxes = warp_block(block, shift @ matrix, scene.size)
    if not _label(scene, boxes):
        return False
    ink = ink or choose_ink(rng, scene, block, mask)
    _blend(scene.canvas, mask[:, :, PLATE], ink.plate, ink.plate_alpha)
    _blend(scene.canvas, mask[:, :, OUTLINE], ink.outline, 1.0)
    _blend(scene.canvas, mask[:, :, FILL], ink.fill, 1.0)
    scene.taken.append(area)
    scene.letter_height = min(scene.letter_height, block.style.letter_height)
    return True
