"""What is known of a frame on its way, and how its lines are read."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from pipeline.follow.kept import KeptFrame
from pipeline.follow.line import Content
from pipeline.read.boxes import LineBox, Picture
from pipeline.read.reader import Reading
from pipeline.results import FrameResult, Xyxy


class Eyes(Protocol):
    """Finds and reads lines of text in one picture (height x width x 3, BGR)."""

    def find(
        self, picture: Picture, regions: Sequence[Xyxy], area: Xyxy | None, glance: bool
    ) -> Sequence[LineBox]:
        """The lines in an area of the picture, or in all of it.

        regions: in which a detector saw text. glance: whether small lines may be missed.
        """

    def read(self, crops: Sequence[Picture]) -> Sequence[Reading]:
        """The words of each crop of a line, without doubtful ones."""


@dataclass(eq=False)
class Record:
    """A frame whose lines are not all known yet. lines: what each says, and where."""

    index: int
    result: FrameResult
    kept: KeptFrame
    key: object = None
    lines: dict[Content, LineBox] = field(default_factory=dict)


@dataclass(frozen=True)
class Heard:
    """A reading without its doubtful words; box: around those that are left."""

    text: str
    confidence: float
    box: LineBox


class Hearing:
    """Reads lines of kept frames."""

    def __init__(self, eyes: Eyes) -> None:
        self._eyes = eyes
        self.count = 0

    def hear(self, kept: KeptFrame, box: LineBox) -> Heard:
        self.count += 1
        reading = self._eyes.read([kept.crop(box)])[0]
        return Heard(reading.text, reading.confidence, _around_words(reading, box))


def _around_words(reading: Reading, box: LineBox) -> LineBox:
    """The box without ends that are empty or say nothing that counts."""
    if not reading.words or not box.is_level:
        return box
    width, height = box.size_wh
    start = reading.words[0].start * width - 0.3 * height
    end = reading.words[-1].end * width + 0.3 * height
    x1, y1, x2, y2 = box.xyxy
    left = x1 + start if start > 0.6 * height else x1
    right = x1 + end if width - end > 0.6 * height else x2
    return LineBox.upright((left, y1, right, y2), box.score)
