"""YOLO models on OpenVINO, without ultralytics and PyTorch; models compiled for the frame pool.

Scaling, padding and suppression are those of ultralytics 8.4: data/augment.py (LetterBox),
utils/ops.py (scale_boxes) and utils/nms.py (non_max_suppression).
"""

import threading
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import openvino
import yaml
from openvino.preprocess import ColorFormat, PrePostProcessor

from pipeline.vendor import openvino_properties

Rows = npt.NDArray[np.float32]  # n x 6: x1, y1, x2, y2, confidence, class

PADDING = 114  # grey, as in the training of every YOLO model
IOU = 0.7  # ultralytics' default: of two boxes of one class that overlap more, the better stays
MOST_CANDIDATES = 30_000

# OpenVINO makes a table of types at the first conversion of an array, and gives the interpreter
# lock back while it does: two threads that convert their first arrays at once wait for each other
# for ever (openvino 2026; test_openvino_runtime.py). So it is made here, by one.
openvino.Type.u8.to_dtype()


@cache
def core() -> openvino.Core:
    """The one Core of this process, which is never deleted.

    Its CPU plugin gives the thread that first compiles a model a stack for signal handlers
    (sigaltstack(2)), and frees it with the Core: the next signal, such as Ctrl-C, would then end
    the process with SIGSEGV.
    """
    return openvino.Core()


def compiled(
    model: openvino.Model, properties: dict[str, object] | None = None
) -> openvino.CompiledModel:
    """For the CPU; each thread takes an inference request of its own from it.

    properties: as pipeline.vendor gives them; openvino_properties() if not given.
    """
    return core().compile_model(model, "CPU", properties or openvino_properties())


class OpenvinoModel:
    """names: of the classes, by number. May be called from several threads."""

    def __init__(self, export: Path, image_size: int) -> None:
        metadata = yaml.safe_load((export / "metadata.yaml").read_text(encoding="utf-8"))
        self.names: dict[int, str] = metadata["names"]
        self._stride = int(metadata["stride"])
        self._end2end = bool(metadata.get("end2end"))
        self._image_size = image_size
        model = core().read_model(next(export.glob("*.xml")))
        shape = model.input().get_partial_shape()
        self._input_hw = (
            None if shape.is_dynamic else (shape[2].get_length(), shape[3].get_length())
        )
        self._compiled = compiled(_taking_frames(model))
        self._local = threading.local()

    def predict(self, frame: npt.NDArray[np.uint8], confidence: float, most: int) -> Rows:
        """Detections in a frame (height x width x 3, BGR); boxes in its pixels, not clipped."""
        height, width = frame.shape[:2]
        box = fitted((width, height), self._image_size, self._stride, self._input_hw)
        if not hasattr(self._local, "request"):  # a request runs one inference at a time
            self._local.request = self._compiled.create_infer_request()
        request = self._local.request
        request.infer([box.image(frame)], share_inputs=True)
        rows = detected(request.get_output_tensor(0).data[0], self._end2end, confidence, most)
        rows[:, :4] = box.to_frame(rows[:, :4])
        return rows


def _taking_frames(model: openvino.Model) -> openvino.Model:
    """The model that makes its input (RGB, 0 to 1) from BGR bytes by itself."""
    steps = PrePostProcessor(model)
    given = steps.input()
    given.tensor().set_element_type(openvino.Type.u8).set_layout(openvino.Layout("NHWC"))
    given.tensor().set_color_format(ColorFormat.BGR)
    given.model().set_layout(openvino.Layout("NCHW"))
    convert = given.preprocess().convert_element_type(openvino.Type.f32)
    convert.convert_color(ColorFormat.RGB).scale(255.0)
    return steps.build()


@dataclass(frozen=True)
class Letterbox:
    """frame_wh: pixels of the frame. scaled_wh: those of the frame in the model's input.
    input_hw: those of the input. left, top: where the frame begins in it.
    """

    frame_wh: tuple[int, int]
    scaled_wh: tuple[int, int]
    input_hw: tuple[int, int]
    left: int
    top: int

    def image(self, frame: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
        """The model's input, 1 x height x width x 3, from a frame of frame_wh."""
        canvas = np.full((1, *self.input_hw, 3), PADDING, dtype=np.uint8)
        width, height = self.scaled_wh
        place = canvas[0, self.top : self.top + height, self.left : self.left + width]
        if self.frame_wh == self.scaled_wh:
            place[:] = frame
        else:
            cv2.resize(frame, self.scaled_wh, dst=place, interpolation=cv2.INTER_LINEAR)
        return canvas

    def to_frame(self, xyxy: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """Boxes (n x 4) in pixels of the input as boxes in pixels of the frame, not clipped."""
        across = self.scaled_wh[0] / self.frame_wh[0]
        down = self.scaled_wh[1] / self.frame_wh[1]
        offset = np.array([self.left, self.top] * 2, dtype=np.float32)
        gain = np.array([across, down] * 2, dtype=np.float32)
        return ((xyxy - offset) / gain).astype(np.float32)


@lru_cache(maxsize=16)
def fitted(
    frame_wh: tuple[int, int], image_size: int, stride: int, input_hw: tuple[int, int] | None
) -> Letterbox:
    """How a frame goes into the model's input.

    input_hw: of a model that takes one size only. Else the longer side of the frame is scaled to
    image_size and the input is as large as the frame needs, rounded up to the model's stride.
    """
    height, width = input_hw or (image_size, image_size)
    scale = min(height / frame_wh[1], width / frame_wh[0])
    scaled = max(round(frame_wh[0] * scale), 1), max(round(frame_wh[1] * scale), 1)
    across, down = width - scaled[0], height - scaled[1]
    if input_hw is None:
        across, down = across % stride, down % stride
    left, top = round(across / 2 - 0.1), round(down / 2 - 0.1)
    size = scaled[1] + top + round(down / 2 + 0.1), scaled[0] + left + round(across / 2 + 0.1)
    return Letterbox(frame_wh, scaled, size, left, top)


def detected(output: npt.NDArray[np.float32], end2end: bool, confidence: float, most: int) -> Rows:
    """At most `most` rows above the confidence, the most confident first.

    output: n x 6, sorted rows, from an end-to-end model, which suppresses by itself; (4 + classes)
    x n from others: centre x, centre y, width, height and a score for each class.
    """
    if end2end:
        return output[output[:, 4] > confidence][:most].astype(np.float32)
    candidates = output[:, output[4:].max(axis=0) > confidence].T
    scores = candidates[:, 4:].max(axis=1)
    order = np.argsort(-scores, kind="stable")[:MOST_CANDIDATES]
    candidates, scores = candidates[order], scores[order]
    classes = candidates[:, 4:].argmax(axis=1)
    centre, size = candidates[:, :2], candidates[:, 2:4]
    corner = centre - size / 2
    boxes: Any = np.hstack([corner, size]).astype(np.float64)
    kept = cv2.dnn.NMSBoxesBatched(boxes, scores, classes.astype(np.int32), 0.0, IOU)
    rows = np.hstack([corner, centre + size / 2, scores[:, None], classes[:, None]])
    return np.asarray(rows[np.asarray(kept, dtype=np.intp)[:most]], dtype=np.float32)
