"""ocr.extract_text: reads the regions that a detector found, or the whole frame."""

import importlib
import logging
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

logger = logging.getLogger(__name__)

# Each module has a class Reader. The first is ten times as fast and so is preferred.
READERS = {
    "tesserocr": "pipeline.readers.in_process",
    "pytesseract": "pipeline.readers.program",
}


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
    """The reader that the options name; "auto" is the first that can be imported.

    Raises MissingReader, MissingLanguage.
    """
    names = tuple(READERS) if options.reader == "auto" else (options.reader,)
    for name in names:
        try:
            module = importlib.import_module(READERS[name])
        except ImportError as error:
            logger.info("the reader %s cannot be used: %s", name, error)
            continue
        reader: TextReader = module.Reader(options.language, options.min_confidence)
        return reader
    raise MissingReader(f"No Tesseract reader is installed: pip install {names[0]}")
