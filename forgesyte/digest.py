"""Results in a form that a person reads: what was found, which text was read, and when."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, BinaryIO

Items = list[dict[str, Any]]
# Distinct lines of text that are kept: noise in a long video is read as something else each time.
MAX_TEXTS = 50_000


class NotResults(Exception):
    """This is not what the API answers for a completed job."""


@dataclass
class Sightings:
    """In how many frames a thing was seen, how often in all, and the first and last frame."""

    first: int
    last: int
    frames: int = 0
    count: int = 0

    def add(self, frame_index: int, count: int) -> None:
        self.last = frame_index
        self.frames += 1
        self.count += count


@dataclass
class Findings:
    """What was found in a video; its size does not grow with the number of frames."""

    frames: int = 0
    classes: dict[str, Sightings] = field(default_factory=dict)
    texts: dict[str, Sightings] = field(default_factory=dict)

    def add(self, item: dict[str, Any]) -> None:
        """Count one item of the results in; items come in the order of their frames."""
        self.frames += 1
        index, result = item["frame_index"], item["result"]
        labels = [detection["class"] for detection in result["detections"]]
        for name in dict.fromkeys(labels):
            self.classes.setdefault(name, Sightings(index, index)).add(index, labels.count(name))
        lines = [line for line in result["text"].split("\n") if line]
        for text in dict.fromkeys(lines):
            if text in self.texts or len(self.texts) < MAX_TEXTS:
                self.texts.setdefault(text, Sightings(index, index)).add(index, lines.count(text))


def read(file: BinaryIO) -> Findings:
    """The findings of the API's answer, read item by item; raises NotResults."""
    import ijson  # here, since most commands have no use for it

    findings = Findings()
    try:
        for item in ijson.items(file, "results.item", use_float=True):
            findings.add(item)
    except (ijson.JSONError, KeyError, TypeError, AttributeError) as error:
        raise NotResults from error
    return findings


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
    findings = Findings()
    for item in items:
        findings.add(item)
    return [
        TextLine(text, seen.frames, seen.first / fps, seen.last / fps)
        for text, seen in findings.texts.items()
    ]


def missing_words(items: Items, words: tuple[str, ...]) -> list[str]:
    """Those of `words` that no frame's text holds as a word of its own."""
    read = {word for item in items for word in re.findall(r"\w+", item["result"]["text"])}
    return [word for word in words if word not in read]
