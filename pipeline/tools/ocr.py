"""ocr.extract_text: reads the regions that a detector found, or the whole frame."""

import importlib
import logging
from dataclasses import replace
from itertools import islice

from pipeline.config import PipelineConfig
from pipeline.exceptions import MissingReader
from pipeline.readers.base import PageReader, TextReader
from pipeline.readers.remembered import RememberedReader
from pipeline.reading_order import distinct, group_lines, merge_overlapping
from pipeline.regions import crop_line
from pipeline.results import Detection, FrameResult, Xyxy
from pipeline.slant import straightened
from pipeline.tools.base import Tool
from pipeline.tools.registry import ExtractTextOptions
from pipeline.video.frame import Image

logger = logging.getLogger(__name__)

# Each module has a class Reader.
READERS = {
    "tesserocr": "pipeline.readers.in_process",
    "pytesseract": "pipeline.readers.program",
    "rapidocr": "pipeline.readers.recogniser",
}
# Of the frame's longer side; a region that comes closer to an edge is taken to be cut by it. The
# detector sees the frame shrunk, so the ends of its boxes are off by some pixels.
EDGE = 1 / 160
AUTO = ("tesserocr", "pytesseract")  # the first is ten times as fast


class TextExtractor(Tool):
    def __init__(self, options: ExtractTextOptions, config: PipelineConfig) -> None:
        self._options = options
        self._reader = make_reader(options)
        self._lines = RememberedReader(self._reader)

    def apply(self, frame: Image, result: FrameResult) -> FrameResult:
        if isinstance(self._reader, PageReader) and self._options.regions == "frame":
            text = self._reader.read_page(frame)
        else:
            text = self._read_regions(frame, result.detections)
        return replace(result, text=text)

    def warm_up(self, frame: Image) -> None:
        self._reader.read_lines([frame[:64, :256]])

    def _read_regions(self, frame: Image, detections: tuple[Detection, ...]) -> str:
        wanted = self._options.region_class
        regions = [found for found in detections if wanted in ("any", found.label)]
        lines = group_lines(merge_overlapping(distinct(regions)))
        in_order = [box for line in lines for box in line]
        texts = self._lines.read_lines([straightened(crop_line(frame, box)) for box in in_order])
        size = frame.shape[1], frame.shape[0]
        read = (whole_words(text, box, size) for text, box in zip(texts, in_order, strict=True))
        joined = (" ".join(filter(None, islice(read, len(line)))) for line in lines)
        return "\n".join(filter(None, joined))


def whole_words(text: str, box: Xyxy, resolution_wh: tuple[int, int]) -> str:
    """The text without words that the edge of the frame cuts; "" if no letter or digit is left.

    A piece of a word is another word, and a line cut lengthwise is read as anything.
    """
    (x1, y1, x2, y2), (width, height) = box, resolution_wh
    edge = EDGE * max(resolution_wh)
    if y1 < edge or y2 > height - edge:
        return ""
    words = text.split(" ")[x1 < edge :]
    kept = words[:-1] if x2 > width - edge else words
    # Balls and edges of plates are read as other characters.
    return " ".join(kept) if any(map(str.isalnum, "".join(kept))) else ""


def make_reader(options: ExtractTextOptions) -> TextReader:
    """The reader that the options name; "auto" is the first of AUTO that can be imported.

    Raises MissingReader, MissingLanguage.
    """
    names = AUTO if options.reader == "auto" else (options.reader,)
    for name in names:
        try:
            module = importlib.import_module(READERS[name])
        except ImportError as error:
            logger.info("the reader %s cannot be used: %s", name, error)
            continue
        reader: TextReader = module.Reader(options.language, options.min_confidence)
        return reader
    raise MissingReader(f"The reader is not installed: pip install {names[0]}")
