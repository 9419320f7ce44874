"""Detects lines of text with PP-OCR's detection model.

The model gives each pixel the probability that it lies in the core of a line. Connected regions of
it are expanded to the full height of the letters (Liao et al., scene text detection with
differentiable binarization, arXiv:1911.08947).
"""

import math
import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace

import cv2
import numpy as np
import numpy.typing as npt
import openvino
from openvino.preprocess import PrePostProcessor

from pipeline.detect.openvino import compiled
from pipeline.read.boxes import UPRIGHT_ASPECT, LineBox, Picture
from pipeline.read.models import DETECTION, load_model
from pipeline.read.views import View, views_of
from pipeline.vendor import reading_properties

# The values that PaddleOCR uses.
LEAST_PROBABILITY = 0.3  # of a pixel
LEAST_SCORE = 0.5  # mean probability within a line
UNCLIP = 1.6  # each side of a line is moved by this times area / perimeter
LEAST_CORE = 3  # height of the core of a line, in pixels of the model's input

Map = npt.NDArray[np.float32]  # height x width, probabilities


class TextDetector:
    """Thread-safe; calls run one at a time, which bounds memory. Raises MissingReader."""

    def __init__(self) -> None:
        # Detection is rare and other frames wait for it: run one at a time, on all cores.
        model = compiled(_with_pixels(load_model(DETECTION)), reading_properties(streams=1))
        self._request = model.create_infer_request()
        self._lock = threading.Lock()

    def detect(self, picture: Picture, scale: float | None = None) -> list[LineBox]:
        """The lines of text in picture (height x width x 3, BGR), in no particular order.

        scale: of the model's input; None chooses the best for a whole picture of this size. A
        smaller one is faster and misses small lines.
        """
        height, width = picture.shape[:2]
        found: list[LineBox] = []
        for view in views_of((width, height), scale):
            boxes = self._in_view(picture, view)
            if view.blur:
                boxes = [_faint_among(box, found) for box in boxes]
            found += [b for b in boxes if b.faint or not any(b.shares(other) for other in found)]
        return found

    def _in_view(self, picture: Picture, view: View) -> list[LineBox]:
        batch = view.of(picture)[None]
        with self._lock:
            self._request.infer([batch])
            boxes = lines_of(self._request.get_output_tensor().data[0, 0])
        return [box.moved((0, view.top), 1 / view.scale) for box in boxes]


def _faint_among(box: LineBox, others: list[LineBox]) -> LineBox:
    """The box, marked faint if it overlaps one that was detected already."""
    return replace(box, faint=any(box.shares(other) for other in others))


def _with_pixels(model: openvino.Model) -> openvino.Model:
    """Let the model take 1 x height x width x 3, uint8, BGR, and normalize it to -1 to 1."""
    steps = PrePostProcessor(model)
    steps.input().tensor().set_element_type(openvino.Type.u8).set_layout(openvino.Layout("NHWC"))
    steps.input().preprocess().convert_element_type(openvino.Type.f32).mean(127.5).scale(127.5)
    steps.input().model().set_layout(openvino.Layout("NCHW"))
    return steps.build()


def lines_of(probabilities: Map) -> list[LineBox]:
    """The lines in a probability map, in its pixels."""
    mask = (probabilities > LEAST_PROBABILITY).astype(np.uint8)
    mask = cv2.dilate(mask, np.ones((2, 2), dtype=np.uint8))
    contours, _ = cv2.findContours(mask, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)
    return list(_boxes(contours, probabilities))


def _boxes(contours: Sequence[cv2.typing.MatLike], probabilities: Map) -> Iterator[LineBox]:
    for contour in contours:
        center, (width, height), degrees = cv2.minAreaRect(contour)
        if min(width, height) < LEAST_CORE:
            continue
        corners = cv2.boxPoints((center, (width, height), degrees))
        if _mean_within(probabilities, corners) >= LEAST_SCORE:
            grown = UNCLIP * width * height / (width + height)
            yield _line_box(center, (width + grown, height + grown), degrees)


def _mean_within(probabilities: Map, corners: npt.NDArray[np.float32]) -> float:
    height, width = probabilities.shape
    left, top = np.maximum(np.floor(corners.min(axis=0)), 0).astype(int)
    right, bottom = np.minimum(np.ceil(corners.max(axis=0)) + 1, (width, height)).astype(int)
    mask = np.zeros((bottom - top, right - left), dtype=np.uint8)
    cv2.fillPoly(mask, [(corners - (left, top)).astype(np.int32)], 1)
    return float(cv2.mean(probabilities[top:bottom, left:right], mask)[0])


def _line_box(center: tuple[float, float], size_wh: tuple[float, float], degrees: float) -> LineBox:
    """The box with the smallest rotation, or with a vertical line if it is tall."""
    width, height = size_wh
    while abs(degrees) > 45:  # which side the angle refers to depends on the OpenCV version
        width, height, degrees = height, width, degrees - math.copysign(90, degrees)
    if height > UPRIGHT_ASPECT * width:
        width, height, degrees = height, width, degrees + 90 if degrees <= 0 else degrees - 90
    return LineBox((center[0] + 0.5, center[1] + 0.5), (width, height), degrees)
