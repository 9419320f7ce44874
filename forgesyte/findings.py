"""What was found in a video, counted, and shown as tables of a bounded number of rows."""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, BinaryIO, NamedTuple

from rich import box
from rich.console import Console
from rich.table import Table

from jobs.terminal import printable
from pipeline.results import unreadable_frames

# Distinct lines of text that are kept: noise in a long video is read as something else each time.
MAX_TEXTS = 50_000
ROWS = 12
LONGEST_TEXT = 200


class NotResults(Exception):
    """This is not what the API answers for a completed job."""


class Timeline(NamedTuple):
    """times: seconds at which each frame is shown. unreadable: frames that cannot be decoded."""

    times: array[float]
    unreadable: int


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

    @classmethod
    def of(cls, items: Iterable[dict[str, Any]]) -> Findings:
        """Of the items of results, in the order of their frames."""
        findings = cls()
        for item in items:
            findings.add(item)
        return findings

    @classmethod
    def read(cls, file: BinaryIO) -> Findings:
        """Of the API's answer, read item by item; raises NotResults."""
        import ijson  # here, since most commands have no use for it

        try:
            return cls.of(ijson.items(file, "results.item", use_float=True))
        except (ijson.JSONError, KeyError, TypeError, AttributeError) as error:
            raise NotResults from error

    def add(self, item: dict[str, Any]) -> None:
        self.frames += 1
        index, result = item["frame_index"], item["result"]
        labels = [detection["class"] for detection in result["detections"]]
        for name in dict.fromkeys(labels):
            self.classes.setdefault(name, Sightings(index, index)).add(index, labels.count(name))
        lines = [line for line in result["text"].split("\n") if line]
        for text in dict.fromkeys(lines):
            if text in self.texts or len(self.texts) < MAX_TEXTS:
                self.texts.setdefault(text, Sightings(index, index)).add(index, lines.count(text))

    def show(self, timeline: Timeline | None, console: Console) -> None:
        """Print which classes were found and which texts were read, and from when to when.

        Without a timeline frames are counted instead.
        """
        if timeline and timeline.unreadable:
            left_out = unreadable_frames(timeline.unreadable)
            console.print(f"{left_out}: the video is damaged there.", style="yellow")
        if not self.classes and not self.texts:
            console.print(f"Nothing was found in the {self.frames} frames.")
            return
        console.print(f"Found in the {self.frames} frames:")
        times = timeline.times if timeline else None
        _print_rows(console, "class", self.classes, times)
        _print_rows(console, "text", self.texts, times)


def most_frequent(seen: dict[str, Sightings]) -> list[tuple[str, Sightings]]:
    """The ROWS that most frames show, in the order of their appearance."""
    kept = sorted(seen.items(), key=lambda row: -row[1].frames)[:ROWS]
    return sorted(kept, key=lambda row: row[1].first)


def _print_rows(
    console: Console, title: str, seen: dict[str, Sightings], times: array[float] | None
) -> None:
    if not seen:
        return
    unit, counts = "frame" if times is None else "s", ["detections"] if title == "class" else []
    table = Table(box=box.SIMPLE_HEAD if console.is_terminal else None, pad_edge=False)
    table.add_column(title, overflow="fold", min_width=8)
    for heading in ("frames", *counts, f"from {unit}", f"to {unit}"):
        table.add_column(heading, justify="right", no_wrap=True)
    for name, at in most_frequent(seen):
        numbers = [str(number) for number in (at.frames, at.count)[: 1 + len(counts)]]
        span = [str(n) if times is None else f"{times[n]:.1f}" for n in (at.first, at.last)]
        table.add_row(printable(name)[:LONGEST_TEXT], *numbers, *span)
    console.print(table)
    if len(seen) > ROWS:
        console.print(f"and {len(seen) - ROWS} more in fewer frames")
