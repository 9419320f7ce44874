"""ocr.extract_text: follows the lines of text through a video and reads them."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from pipeline.config import PipelineConfig
from pipeline.follow.follower import FollowedLine, LineFollower
from pipeline.frame_pool import Processed
from pipeline.read.boxes import LineBox
from pipeline.read.order import text_of
from pipeline.read.spotter import Line
from pipeline.results import Detection, FrameResult
from pipeline.tools.base import SequenceTool
from pipeline.tools.engines import make_engine
from pipeline.tools.registry import ExtractTextOptions
from pipeline.video.frame import Image


class TextExtractor(SequenceTool):
    """The detections of the class that shows text become the lines that were read."""

    def __init__(self, options: ExtractTextOptions, config: PipelineConfig) -> None:
        self._label = options.region_class
        self._engine = make_engine(options)

    def process(self, frames: Iterable[Processed]) -> Iterator[FrameResult]:
        for result, lines in LineFollower(self._engine, self._label).follow(frames):
            yield self._with_lines(result, lines)

    def warm_up(self, frame: Image) -> None:
        for quick in (False, True):
            self._engine.detect(frame, [], None, quick)
        self._engine.read(frame, LineBox.upright((20, 20, 320, 60)))

    def _with_lines(self, result: FrameResult, lines: list[FollowedLine]) -> FrameResult:
        others = tuple(found for found in result.detections if found.label != self._label)
        found = (
            Detection.clipped(line.xyxy, self._label, line.confidence, result.resolution_wh)
            for line in sorted(lines, key=lambda line: (line.xyxy[1], line.xyxy[0]))
        )
        text = text_of(Line(line.xyxy, line.text, line.confidence, line.box) for line in lines)
        return replace(result, detections=others + tuple(filter(None, found)), text=text)
