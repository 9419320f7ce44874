"""YOLO models on OpenVINO, without ultralytics and PyTorch; models compiled for the frame pool."""

import threading
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import openvino
import yaml
from openvino.preprocess import ColorFormat, PrePostProcessor

from pipeline.detect.letterbox import fitted
from pipeline.detect.nms import Rows, detected
from pipeline.vendor import openvino_properties

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
