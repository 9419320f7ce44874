"""Results in a form that a person reads: which lines of text were read, and when."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

Items = list[dict[str, Any]]


@dataclass(frozen=True)
class TextLine:
    """A line of text, the number of frames that show it, and its first and last second."""

    text: str
    frames: int
    first_s: float
    last_s: float


def detection_count(items: Items) -> int:
    return sum(len(item["result"]["detections"]) for item in items)


def text_lines(items: Items, fps: float) -> list[TextLine]:
    """The distinct lines in the order in which they appear first; `fps` is the video's."""
    seen: dict[str, list[int]] = {}
    for item in items:
        for text in filter(None, item["result"]["text"].split("\n")):
            seen.setdefault(text, []).append(item["frame_index"])
    return [
        TextLine(text, len(set(frames)), frames[0] / fps, frames[-1] / fps)
        for text, frames in seen.items()
    ]


def missing_words(items: Items, words: tuple[str, ...]) -> list[str]:
    """Those of `words` that no frame's text holds as a word of its own."""
    read = {word for item in items for word in re.findall(r"\w+", item["result"]["text"])}
    return [word for word in words if word not in read]
