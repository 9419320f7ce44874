"""Which tools there are and which options they take. Imports no vendor library."""

import importlib
from collections.abc import Iterator
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from pipeline.options import choice, integer, number, option, text


@dataclass(frozen=True)
class DetectObjectsOptions:
    """weights: a file in the weights folder, or a detection model that ultralytics publishes.
    image_size: the longer side in pixels, to which a frame is scaled before the detector sees it;
    an .onnx file of a fixed size keeps to its own. confidence: the least that counts, 0 to 1.
    """

    weights: str = option(
        text(
            r"[A-Za-z0-9][A-Za-z0-9._-]*\.(pt|onnx)",
            "the name of a .pt or .onnx file in pipeline/weights",
        )
    )
    image_size: int = option(integer(32, 4096, multiple_of=32), 640)
    confidence: float = option(number(0.0, 1.0), 0.25)
    max_detections: int = option(integer(1, 1000), 300)


@dataclass(frozen=True)
class ExtractTextOptions:
    """reader: ppocr finds and reads lines with the PP-OCR models; it knows Latin letters, Chinese
    and Japanese. tesseract reads what a detector found, in any language that Tesseract has
    (tesserocr where it is installed, else pytesseract). language: of tesseract, as it names it.
    region_class: the class of the detections that show text. min_confidence: of a word, 0 to 100;
    what lies below is taken for noise.
    """

    reader: str = option(choice("ppocr", "tesseract"), "ppocr")
    language: str = option(
        text(
            r"[A-Za-z_]+(\+[A-Za-z_]+)*", "Tesseract's name of a language, such as eng or eng+deu"
        ),
        "eng",
    )
    region_class: str = option(text(r"\S(.*\S)?", "the name of a class"), "text")
    min_confidence: int = option(integer(0, 100), 80)

    def problems(self) -> Iterator[tuple[str, str]]:
        """What no option can know alone, as (key, what is wrong)."""
        if self.reader == "ppocr" and self.language != "eng":
            message = "but ppocr has one model for all its letters; set reader to tesseract"
            yield "language", f"is {self.language!r}, {message}"


@dataclass(frozen=True)
class ToolSpec:
    """implementation is "module:class" and is imported when a pipeline is built, not before.

    provides: the part of a frame's result that the tool writes.
    """

    name: str
    options_type: type[Any]
    implementation: str
    provides: str

    def load(self) -> type[Any]:
        """The class, a pipeline.tools.base.Tool. Raises ImportError if the vendor is missing."""
        module, _, name = self.implementation.partition(":")
        loaded: type[Any] = getattr(importlib.import_module(module), name)
        return loaded


_DETECT = "yolo.detect_objects", DetectObjectsOptions, "pipeline.detect.yolo:YoloDetector"
_READ = "ocr.extract_text", ExtractTextOptions, "pipeline.tools.ocr:TextExtractor"
_SPECS = ToolSpec(*_DETECT, provides="detections"), ToolSpec(*_READ, provides="text")
TOOLS = MappingProxyType({spec.name: spec for spec in _SPECS})
