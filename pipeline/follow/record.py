"""What is known of a frame on its way, and how its lines are read."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from pipeline.follow.kept import KeptFrame
from pipeline.follow.line import Content
from pipeline.read.boxes import LineBox, Picture
from pipeline.results import FrameResult, Xyxy


@dataclass(frozen=True)
class Heard:
    """A reading; confidence: 0 to 1. partial: whether doubtful words were left out."""

    text: str
    confidence: float
    partial: bool = False


class Eyes(Protocol):
    """Finds and reads lines of text in one picture (height x width x 3, BGR)."""

    def find(
        self, picture: Picture, regions: Sequence[Xyxy], area: Xyxy | None, glance: bool
    ) -> Sequence[LineBox]:
        """The lines in an area of the picture, or in all of it.

        regions: in which a detector saw text. glance: whether small lines may be missed.
        """

    def read(self, picture: Picture, box: LineBox) -> Heard:
        """What the line in that box says, without doubtful and cut words."""


@dataclass(eq=False)
class Record:
    """A frame whose lines are not all known yet. lines: what each says, and where."""

    index: int
    result: FrameResult
    kept: KeptFrame
    key: object = None
    lines: dict[Content, LineBox] = field(default_factory=dict)


class Hearing:
    """Reads lines of kept frames."""

    def __init__(self, eyes: Eyes) -> None:
        self._eyes = eyes
        self.count = 0

    def hear(self, kept: KeptFrame, box: LineBox) -> Heard:
        self.count += 1
        return self._eyes.read(*kept.around(box))
