"""ocr.extract_text: reads the regions that a detector found, or the whole frame."""

import importlib.util
from dataclasses import replace

import cv2

from pipeline.config import PipelineConfig
from pipeline.exceptions import MissingReader
from pipeline.readers.base import TextReader
from pipeline.reading_order import group_lines, merge_overlapping
from pipeline.regions import crop_line, prepare
from pipeline.results import Detection, FrameResult, Xyxy
from pipeline.tools.base import Tool
from pipeline.tools.registry import ExtractTextOptions
from pipeline.video import Frame


class TextExtractor(Tool):
    def __init__(self, options: ExtractTextOptions, config: PipelineConfig) -> None:
        self._options = options
        self._reader = make_reader(options)

    def apply(self, frame: Frame, result: FrameResult) -> FrameResult:
        if self._options.regions == "frame":
            text = self._reader.read_page(prepare(cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY)))
        else:
            text = self._read_regions(frame, result.detections)
        return replace(result, text=text)

    def _read_regions(self, frame: Frame, detections: tuple[Detection, ...]) -> str:
        wanted = self._options.region_class
        boxes = [found.bbox for found in detections if wanted in ("any", found.label)]
        lines = [
            " ".join(filter(None, (self._read_region(frame, box) for box in line)))
            for line in group_lines(merge_overlapping(boxes))
        ]
        return "\n".join(filter(None, lines))

    def _read_region(self, frame: Frame, box: Xyxy) -> str:
        """The text, or "" if it has no letter or digit: so Tesseract reads balls and edges."""
        text = self._reader.read_line(crop_line(frame, box))
        return text if any(map(str.isalnum, text)) else ""


def make_reader(options: ExtractTextOptions) -> TextReader:
    """The reader that the options name. Raises MissingReader, MissingLanguage."""
    name = options.reader
    if name == "auto":
        name = "tesserocr" if importlib.util.find_spec("tesserocr") else "pytesseract"
    if importlib.util.find_spec(name) is None:
        raise MissingReader(f"The reader {name} is not installed: pip install {name}")
    if name == "tesserocr":
        from pipeline.readers.in_process import TesserocrReader

        return TesserocrReader(options.language, options.min_confidence)
    from pipeline.readers.program import PytesseractReader

    return PytesseractReader(options.language, options.min_confidence)
