"""Reads stored results line by line: they may be hundreds of megabytes.

pipeline.results writes one line per frame; other lines are skipped.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Self

# A frame of 4,000 detections has about 400 KB.
MAX_LINE_BYTES = 2 * 1024 * 1024
MAX_LABEL = 60
MAX_TEXT_LINE = 160
COUNT_BLOCK = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Box:
    """A detection: x1, y1, x2, y2 in pixels of the frame, confidence 0 to 1."""

    bbox: tuple[float, float, float, float]
    label: str
    confidence: float

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Self:
        x1, y1, x2, y2 = (float(number) for number in value["bbox"])
        return cls((x1, y1, x2, y2), str(value["class"])[:MAX_LABEL], float(value["confidence"]))


@dataclass(frozen=True, slots=True)
class FrameFound:
    """What was found in one frame."""

    frame: int
    boxes: tuple[Box, ...] = ()
    text: str = ""

    def lines(self) -> list[str]:
        """The lines of the text: whitespace collapsed, long ones cut."""
        lines = (" ".join(line.split()) for line in self.text.split("\n"))
        return [line[:MAX_TEXT_LINE] for line in lines if line]

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Self:
        """An item of the results; KeyError, TypeError or ValueError for anything else."""
        result = value["result"]
        boxes = tuple(Box.from_json(box) for box in result["detections"])
        return cls(int(value["frame_index"]), boxes, str(result["text"]))


@dataclass(frozen=True, slots=True)
class ResultLine:
    """A line and its byte offset; `found` is None if it is not a frame."""

    number: int
    offset: int
    found: FrameFound | None


def count_lines(file: BinaryIO) -> int:
    """How many lines are frames: those that start with a brace."""
    file.seek(0)
    count, last = 0, b"\n"
    while block := file.read(COUNT_BLOCK):
        count += (last + block).count(b"\n{")
        last = block[-1:]
    return count


def result_lines(file: BinaryIO, step: int = 1) -> Iterator[ResultLine]:
    """Every step-th frame; the others are not parsed."""
    file.seek(0)
    offset = number = 0
    while line := file.readline(MAX_LINE_BYTES):
        if line.startswith(b"{"):
            if number % step == 0:
                yield ResultLine(number, offset, parsed(line))
            number += 1
        offset += len(line)


def parsed(line: bytes) -> FrameFound | None:
    """The frame of a line; None if it is not one."""
    try:
        return FrameFound.from_json(json.loads(line.strip().rstrip(b",")))
    except (ValueError, TypeError, KeyError, RecursionError):
        return None


def frame_found(results: Path, frame: int, offset: int, lines: int) -> FrameFound | None:
    """A frame, searched for in `lines` lines from byte `offset` on; None if it is not there."""
    start = b'{"frame_index":%d,' % frame
    with results.open("rb") as file:
        file.seek(offset)
        for _ in range(lines):
            line = file.readline(MAX_LINE_BYTES)
            if line.startswith(start):
                return parsed(line)
    return None
