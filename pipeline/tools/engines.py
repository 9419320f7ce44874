"""The OCR engines: PP-OCR, or Tesseract on the boxes that YOLO detects."""

import importlib
import logging
from collections.abc import Sequence

from pipeline.exceptions import MissingReader
from pipeline.follow.engine import LineReading, TextEngine
from pipeline.follow.geometry import covers
from pipeline.read.boxes import LineBox, Picture
from pipeline.read.spotter import TextSpotter
from pipeline.read.views import whole_scale
from pipeline.readers.base import TesseractReader, padded
from pipeline.reading_order import merge_overlapping
from pipeline.results import Xyxy
from pipeline.tools.registry import ExtractTextOptions

logger = logging.getLogger(__name__)

AREA, QUICK = 0.83, 0.5  # of the scale of full detection on the whole frame
AREA_STEP = 128  # pixels of the detector's input; fewer input sizes take less memory
# Each module has a class Reader; the first is ten times as fast.
TESSERACT = {"tesserocr": "pipeline.readers.in_process", "pytesseract": "pipeline.readers.program"}


class PpOcrEngine:
    def __init__(self, options: ExtractTextOptions) -> None:
        self._spotter = TextSpotter(options.min_confidence / 100)

    def detect(
        self, picture: Picture, regions: Sequence[Xyxy], area: Xyxy | None, quick: bool
    ) -> Sequence[LineBox]:
        height, width = picture.shape[:2]
        careful = whole_scale((width, height))
        detector = self._spotter.detector
        if area is None:
            return detector.detect(picture, QUICK * careful) if quick else detector.detect(picture)
        scale = AREA * careful
        top, bottom = _enlarged(area, height, AREA_STEP / scale)
        return [
            box.moved((0, top), 1.0)
            for box in detector.detect(picture[top:bottom], scale)
            if (box.xyxy[1] > 1 or top == 0)
            and (box.xyxy[3] < bottom - top - 1 or bottom == height)
        ]

    def read(self, picture: Picture, box: LineBox) -> LineReading:
        for line in self._spotter.read(picture, [box]):
            return LineReading(line.text, line.confidence, line.partial)
        return LineReading("", 0.0)


class TesseractEngine:
    def __init__(self, options: ExtractTextOptions) -> None:
        self._reader = make_tesseract(options)

    def detect(
        self, picture: Picture, regions: Sequence[Xyxy], area: Xyxy | None, quick: bool
    ) -> Sequence[LineBox]:
        size = picture.shape[1], picture.shape[0]
        boxes = merge_overlapping(regions)
        return [
            LineBox.upright(padded(box, size)) for box in boxes if area is None or covers(area, box)
        ]

    def read(self, picture: Picture, box: LineBox) -> LineReading:
        (reading,) = self._reader.read([box.crop(picture)])
        return LineReading(reading.text, reading.confidence)


def make_engine(options: ExtractTextOptions) -> TextEngine:
    """Raises MissingReader, MissingLanguage."""
    return PpOcrEngine(options) if options.reader == "ppocr" else TesseractEngine(options)


def make_tesseract(options: ExtractTextOptions) -> TesseractReader:
    """The first way to call Tesseract that can be imported.

    Raises MissingReader, MissingLanguage.
    """
    for name, module_name in TESSERACT.items():
        try:
            module = importlib.import_module(module_name)
        except ImportError as error:
            logger.info("the reader %s cannot be used: %s", name, error)
            continue
        reader: TesseractReader = module.Reader(options.language, options.min_confidence)
        return reader
    raise MissingReader("The reader is not installed: pip install tesserocr")


def _enlarged(area: Xyxy, height: int, step: float) -> tuple[int, int]:
    """The rows (first, last + 1) of an area, rounded to whole steps."""
    rows = min(height, round(-(-(area[3] - area[1]) // step) * step))
    top = min(max(0, round((area[1] + area[3] - rows) / 2)), height - rows)
    return top, top + rows
