"""Frames that wait until the text of their lines is final."""

from dataclasses import dataclass, field

from pipeline.follow.kept import KeptFrame
from pipeline.follow.line import Content
from pipeline.read.boxes import LineBox
from pipeline.results import FrameResult


@dataclass(eq=False)
class PendingFrame:
    """lines: the box of each line known so far. key: equal for frames that repeat each other."""

    index: int
    result: FrameResult
    kept: KeptFrame
    key: object = None
    lines: dict[Content, LineBox] = field(default_factory=dict)
