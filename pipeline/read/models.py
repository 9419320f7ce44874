"""The PP-OCR models shipped with the package rapidocr; nothing is downloaded."""

from importlib.resources import files

import openvino
import rapidocr

from pipeline.detect.openvino import core
from pipeline.exceptions import MissingReader

DETECTION = "PP-OCRv6_det_small.onnx"
RECOGNITION = "PP-OCRv6_rec_small.onnx"


def load_model(name: str) -> openvino.Model:
    """Load a model by its file name. Raises MissingReader if the package does not have it."""
    path = files(rapidocr) / "models" / name
    if not path.is_file():
        raise MissingReader("RapidOCR's model is missing. Install the package rapidocr again.")
    return core().read_model(str(path))
