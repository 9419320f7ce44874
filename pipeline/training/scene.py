"""Composition of a labelled picture: panels in perspective on a background, one box for a line."""

from dataclasses import dataclass, field

import cv2
import numpy as np
import numpy.typing as npt

from pipeline.training.drawing import LUMA, Canvas, Point, Rng, Size, size_of
from pipeline.training.lettering import Boxes, Panel

Matrix = npt.NDArray[np.float64]
_MIN_SIDE = 4.0
_MIN_VISIBLE = 0.6
_MARGIN = 3


@dataclass
class Scene:
    """A picture in the making.

    canvas: (height, width, 3) uint8 BGR. boxes: xyxy in pixels, one for each line.
    taken: rectangles that stay free of further text. letter_height: of the smallest letters.
    """

    canvas: Canvas
    boxes: list[Boxes] = field(default_factory=list)
    taken: list[Boxes] = field(default_factory=list)
    letter_height: float = 400.0

    @property
    def size(self) -> Size:
        return size_of(self.canvas)

    def is_free(self, area: Boxes) -> bool:
        return not any(
            area[0] < other[2] and other[0] < area[2] and area[1] < other[3] and other[1] < area[3]
            for other in self.taken
        )

    def ground(self, area: Boxes) -> tuple[npt.NDArray[np.float64], float]:
        """Return the mean colour (3,) below `area` and the spread of its brightness."""
        x1, y1, x2, y2 = np.maximum(area, 0).astype(int)
        part = self.canvas[y1 : max(y2, y1 + 1), x1 : max(x2, x1 + 1)]
        if not part.size:
            part = self.canvas
        return part.mean(axis=(0, 1)), float((part @ LUMA).std())


def homography(rng: Rng, size: Size, angle: float, depth: float) -> Matrix:
    """Return a rotation by `angle` degrees with corners moved by up to `depth` of a side.

    The result maps the panel to the origin: its leftmost and topmost points lie on the axes.
    """
    width, height = size
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], dtype=np.float32)
    reach = np.array([min(width, 3 * height), min(height, 3 * width)])
    moved = corners + rng.uniform(-depth, depth, (4, 2)) * reach
    turn = np.deg2rad(angle)
    moved = moved @ np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    moved -= moved.min(axis=0)
    matrix = cv2.getPerspectiveTransform(corners, moved.astype(np.float32))
    return np.asarray(matrix, dtype=np.float64)


def project(boxes: Boxes, matrix: Matrix) -> Boxes:
    """Return the upright boxes (n, 4) around the projected `boxes` (n, 4), xyxy."""
    x1, y1, x2, y2 = boxes.T
    corners = np.stack([x1, y1, x2, y1, x2, y2, x1, y2], axis=1).reshape(-1, 1, 2)
    points = cv2.perspectiveTransform(corners, matrix).reshape(-1, 4, 2)
    return np.concatenate([points.min(axis=1), points.max(axis=1)], axis=1)


def extent(size: Size, matrix: Matrix) -> Point:
    x1, y1, x2, y2 = project(np.array([[0.0, 0.0, *size]]), matrix)[0]
    return float(x2 - x1), float(y2 - y1)


def moved(matrix: Matrix, corner: Point) -> Matrix:
    shift = np.array([[1, 0, corner[0]], [0, 1, corner[1]], [0, 0, 1]], dtype=np.float64)
    return np.asarray(shift @ matrix)


def clip(
    boxes: Boxes, window: npt.ArrayLike, least: float
) -> tuple[Boxes, npt.NDArray[np.float64], npt.NDArray[np.bool_]]:
    """Cut boxes at the edges of `window` (xyxy); return them, their sides, and which still count.

    A line counts that shows most of its height and all its width, or `least` heights of it.
    """
    edges = np.asarray(window, dtype=np.float64)
    clipped = np.clip(boxes, np.tile(edges[:2], 2), np.tile(edges[2:], 2))
    sides, whole = clipped[:, 2:] - clipped[:, :2], boxes[:, 2:] - boxes[:, :2]
    tall = sides[:, 1] >= _MIN_VISIBLE * whole[:, 1]
    wide = (sides[:, 0] >= 0.999 * whole[:, 0]) | (sides[:, 0] >= least * whole[:, 1])
    return clipped, sides, tall & wide


@dataclass(frozen=True)
class Mounting:
    """How a panel is mounted.

    shade: strength of its shadow, 0-1. tolerant: lines cut badly stay, without a label.
    blur: how far out of focus, in pixels.
    """

    shade: float = 0.0
    tolerant: bool = False
    blur: float = 0.0


PLAIN = Mounting()


def mount(scene: Scene, panel: Panel, matrix: Matrix, how: Mounting = PLAIN) -> bool:
    """Draw `panel` through `matrix` and label its lines.

    False, and nothing is drawn, when it touches another one or, unless tolerated, a line is cut so
    that it is neither shown nor hidden.
    """
    area = project(np.array([[0.0, 0.0, *panel.size]]), matrix)[0]
    area += np.array([-_MARGIN, -_MARGIN, _MARGIN, _MARGIN])
    if not scene.is_free(area):
        return False
    if panel.boxes:
        window = (0, 0, *scene.size)
        clipped, sides, counts = clip(project(np.array(panel.boxes), matrix), window, 1.5)
        shown, hidden = counts & (sides >= _MIN_SIDE).all(axis=1), (sides <= 0).any(axis=1)
        if not how.tolerant and not (hidden | shown).all():
            return False
        scene.boxes.extend(clipped[shown])
        scene.letter_height = min(scene.letter_height, *panel.heights)
    _blend(scene, cv2.warpPerspective(panel.pixels, matrix, scene.size), how)
    scene.taken.append(area)
    return True


def _blend(scene: Scene, layer: npt.NDArray[np.float32], how: Mounting) -> None:
    """Draw a premultiplied layer (height, width, 4) of the canvas' size over the canvas."""
    if how.blur:
        layer = cv2.GaussianBlur(layer, (0, 0), how.blur)
    canvas = scene.canvas.astype(np.float32)
    if how.shade:
        shadow = cv2.GaussianBlur(np.roll(layer[:, :, 3], (5, 4), (0, 1)), (0, 0), 4)
        canvas *= 1 - how.shade * shadow[:, :, None]
    canvas = canvas * (1 - layer[:, :, 3:]) + layer[:, :, :3]
    scene.canvas[:] = np.clip(canvas, 0, 255).astype(np.uint8)
