"""Which tools there are and which options they take. Imports no vendor library."""

import importlib
from collections.abc import Iterator
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from pipeline.options import Choice, Integer, Number, Text, option


@dataclass(frozen=True)
class DetectObjectsOptions:
    """weights: a file in the weights folder, or a detection model that ultralytics publishes.
    image_size: the longer side in pixels, to which a frame is scaled before the detector sees it;
    an .onnx file of a fixed size keeps to its own. confidence: the least that counts, 0 to 1.
    round_things: whether to drop what shows a single disc or ring (pipeline.ink), which detectors
    of text take for the letter O.
    """

    weights: str = option(
        Text(
            r"[A-Za-z0-9][A-Za-z0-9._-]*\.(pt|onnx)",
            "the name of a .pt or .onnx file in pipeline/weights",
        )
    )
    image_size: int = option(Integer(32, 4096, multiple_of=32), 640)
    confidence: float = option(Number(0.0, 1.0), 0.25)
    max_detections: int = option(Integer(1, 1000), 300)
    round_things: str = option(Choice(("keep", "drop")), "keep")


@dataclass(frozen=True)
class ExtractTextOptions:
    """reader: tesserocr and pytesseract are Tesseract; "auto" is tesserocr where it is installed,
    else pytesseract; rapidocr is RapidOCR's recogniser, which reads detections only. language: as
    Tesseract names it. regions: read what a detector found, or the whole frame. region_class: the
    class of the detections to read; "any" reads all of them. min_confidence: of a word, 0 to 100;
    what lies below is taken for noise. Tesseract's own figure, or the mean of the probabilities
    that RapidOCR gives to the letters of the word.
    """

    reader: str = option(Choice(("auto", "tesserocr", "pytesseract", "rapidocr")), "auto")
    language: str = option(
        Text(
            r"[A-Za-z_]+(\+[A-Za-z_]+)*", "Tesseract's name of a language, such as eng or eng+deu"
        ),
        "eng",
    )
    regions: str = option(Choice(("detections", "frame")), "detections")
    region_class: str = option(Text(r"\S(.*\S)?", "the name of a class, or any"), "text")
    min_confidence: int = option(Integer(0, 100), 50)

    def problems(self) -> Iterator[tuple[str, str]]:
        """What no option can know alone, as (key, what is wrong)."""
        if self.reader != "rapidocr":
            return
        if self.regions == "frame":
            yield "regions", "is 'frame', but rapidocr finds no lines; allowed here is: detections"
        if self.language != "eng":
            message = "but rapidocr has one model for all its letters; leave the option out"
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


TOOLS = MappingProxyType(
    {
        spec.name: spec
        for spec in (
            ToolSpec(
                "yolo.detect_objects",
                DetectObjectsOptions,
                "pipeline.tools.yolo:YoloDetector",
                provides="detections",
            ),
            ToolSpec(
                "ocr.extract_text",
                ExtractTextOptions,
                "pipeline.tools.ocr:TextExtractor",
                provides="text",
            ),
        )
    }
)
