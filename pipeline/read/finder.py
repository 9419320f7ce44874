"""Finds lines of text in a picture with PP-OCR's detection model.

The model gives each pixel a probability that it lies in the core of a line of text; lines are the
connected regions of it, grown to the whole height of the letters (Liao et al., Real-time Scene Text
Detection with Differentiable Binarization, 2020).
"""

import math
import threading
from collections.abc import Iterator, Sequence

import cv2
import numpy as np
import numpy.typing as npt

from pipeline.openvino_runtime import compiled
from pipeline.read.boxes import UPRIGHT_ASPECT, LineBox, Picture
from pipeline.read.models import DETECTION, load_model

STRIDE = 32  # pixels; the sides of what the model takes are multiples of it
LEAST_SIDE = 736  # pixels to which a smaller picture's shorter side is enlarged
MOST_SIDE = 2016
# As PaddleOCR runs the model.
LEAST_PROBABILITY = 0.3  # of a pixel
LEAST_SCORE = 0.5  # mean probability within a line
UNCLIP = 1.6  # a line grows by its area times this, divided by its perimeter, on each side
LEAST_CORE = 3  # pixels of the model's input across the core of a line

Map = npt.NDArray[np.float32]  # height x width, probabilities


class TextFinder:
    """May be used by several threads. Raises MissingReader when it is made."""

    def __init__(self) -> None:
        self._compiled = compiled(load_model(DETECTION))
        self._local = threading.local()

    def find(self, picture: Picture, scale: float | None = None) -> list[LineBox]:
        """The lines of text in picture (height x width x 3, BGR), in no particular order.

        scale: of the picture when the model sees it; without one, what suits a whole picture of
        this size. Less is faster and misses small lines.
        """
        height, width = picture.shape[:2]
        wide, high = input_size((width, height), scale or whole_scale((width, height)))
        return lines_of(self._infer(picture, (wide, high)), (width / wide, height / high))

    def _infer(self, picture: Picture, size_wh: tuple[int, int]) -> Map:
        if not hasattr(self._local, "request"):
            self._local.request = self._compiled.create_infer_request()
        method = cv2.INTER_AREA if size_wh[0] < picture.shape[1] else cv2.INTER_LINEAR
        resized = cv2.resize(picture, size_wh, interpolation=method)
        batch = np.ascontiguousarray(resized.transpose(2, 0, 1)[None], dtype=np.float32)
        batch *= np.float32(1 / 127.5)
        batch -= 1
        self._local.request.infer([batch])
        output: Map = self._local.request.get_output_tensor().data[0, 0]
        return output


def whole_scale(resolution_wh: tuple[int, int]) -> float:
    """By how much a picture is scaled before the model sees it."""
    scale = max(1.0, LEAST_SIDE / min(resolution_wh))
    return min(scale, MOST_SIDE / max(resolution_wh))


def input_size(resolution_wh: tuple[int, int], scale: float) -> tuple[int, int]:
    """Width and height of what the model sees."""
    width, height = (max(STRIDE, round(side * scale / STRIDE) * STRIDE) for side in resolution_wh)
    return width, height


def lines_of(probabilities: Map, scale_xy: tuple[float, float]) -> list[LineBox]:
    """The lines that a map shows; scale_xy: pixels of the picture for each of the map."""
    mask = (probabilities > LEAST_PROBABILITY).astype(np.uint8)
    mask = cv2.dilate(mask, np.ones((2, 2), dtype=np.uint8))
    contours, _ = cv2.findContours(mask, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)
    return list(_boxes(contours, probabilities, scale_xy))


def _boxes(
    contours: Sequence[cv2.typing.MatLike], probabilities: Map, scale_xy: tuple[float, float]
) -> Iterator[LineBox]:
    for contour in contours:
        center, (width, height), degrees = cv2.minAreaRect(contour)
        if min(width, height) < LEAST_CORE:
            continue
        score = _mean_within(probabilities, cv2.boxPoints((center, (width, height), degrees)))
        if score < LEAST_SCORE:
            continue
        grown = UNCLIP * width * height / (width + height)
        yield _scaled(center, (width + grown, height + grown), degrees, scale_xy, score)


def _mean_within(probabilities: Map, corners: npt.NDArray[np.float32]) -> float:
    height, width = probabilities.shape
    left, top = np.maximum(np.floor(corners.min(axis=0)), 0).astype(int)
    right, bottom = np.minimum(np.ceil(corners.max(axis=0)) + 1, (width, height)).astype(int)
    mask = np.zeros((bottom - top, right - left), dtype=np.uint8)
    cv2.fillPoly(mask, [(corners - (left, top)).astype(np.int32)], 1)
    return float(cv2.mean(probabilities[top:bottom, left:right], mask)[0])


def _scaled(
    center: tuple[float, float],
    size_wh: tuple[float, float],
    degrees: float,
    scale_xy: tuple[float, float],
    score: float,
) -> LineBox:
    """In pixels of the picture, with the longer side along the line unless it stands upright."""
    across, down = scale_xy
    width, height = size_wh
    while abs(degrees) > 45:  # which of its sides minAreaRect turns is up to OpenCV's release
        width, height, degrees = height, width, degrees - math.copysign(90, degrees)
    if height > UPRIGHT_ASPECT * width:
        width, height, degrees = height, width, degrees + 90 if degrees <= 0 else degrees - 90
    is_steep = abs(degrees) > 45
    along, thick = (down, across) if is_steep else (across, down)
    return LineBox(
        (center[0] * across, center[1] * down), (width * along, height * thick), degrees, score
    )
