"""The interface of an OCR engine, as tracking uses it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from pipeline.follow.kept import KeptFrame
from pipeline.read.boxes import LineBox, Picture
from pipeline.results import Xyxy


@dataclass(frozen=True)
class LineReading:
    """The text of one line. confidence: 0 to 1. partial: whether doubtful words were left out."""

    text: str
    confidence: float
    partial: bool = False


class TextEngine(Protocol):
    """Detects and reads lines of text in one picture (height x width x 3, BGR)."""

    def detect(
        self, picture: Picture, regions: Sequence[Xyxy], area: Xyxy | None, quick: bool
    ) -> Sequence[LineBox]:
        """The lines in an area of the picture; None means all of it.

        regions: boxes of the frame's text detections. quick: small lines may be missed.
        """

    def read(self, picture: Picture, box: LineBox) -> LineReading:
        """The text of the line in a box, without doubtful words and words the border cuts."""


def read_line(engine: TextEngine, kept: KeptFrame, box: LineBox) -> LineReading:
    return engine.read(*kept.crop_around(box))
