"""Frames of a job as its page shows them: a picture, boxes over it, what was found."""

from __future__ import annotations

from dataclasses import dataclass

from jobs.pages.job_results import Box, FrameFound
from pipeline.video.facts import VideoFacts

MAX_BOXES = 300
MAX_LISTED = 3
COLOURS = 8


@dataclass(frozen=True, slots=True)
class DrawnBox:
    """A box over a picture, in its pixels as shown; `colour` is the number of its class."""

    x: float
    y: float
    width: float
    height: float
    label: str
    confidence: str
    colour: int
    label_y: float


@dataclass(frozen=True, slots=True)
class Shown:
    """A frame on the page. `facts` is None where there is no picture of it."""

    frame: int
    time: str
    reason: str
    found: FrameFound | None
    facts: VideoFacts | None
    colours: dict[str, int]

    @property
    def boxes(self) -> list[DrawnBox]:
        """The surest ones last, so that they lie on top."""
        if self.found is None or self.facts is None:
            return []
        surest = sorted(self.found.boxes, key=lambda box: -box.confidence)[:MAX_BOXES]
        return [self._drawn(box) for box in reversed(surest)]

    @property
    def detections(self) -> list[Box]:
        """The surest first."""
        found = self.found.boxes if self.found else ()
        return sorted(found, key=lambda box: -box.confidence)

    @property
    def listed(self) -> str:
        """The surest detections in a few words."""
        found = self.detections
        names = [f"{box.label} {percent(box.confidence)}" for box in found[:MAX_LISTED]]
        if len(found) > MAX_LISTED:
            names.append(f"{len(found) - MAX_LISTED} more")
        return ", ".join(names)

    @property
    def lines(self) -> int:
        """Lines of text."""
        return len(self.found.lines()) if self.found else 0

    @property
    def text(self) -> str:
        return self.found.text if self.found else ""

    @property
    def alt(self) -> str:
        """What a reader hears in place of the picture."""
        count = len(self.detections)
        seen = f"{count} detection{'' if count == 1 else 's'}" if count else "nothing detected"
        return f"Frame {self.frame}, {self.time}: {seen}"

    @property
    def size(self) -> tuple[int, int]:
        """Width and height at which a player shows this frame."""
        return self.facts.shown_size_of(self.frame) if self.facts else (16, 9)

    @property
    def font_size(self) -> int:
        """Of the labels over the picture, in its own pixels."""
        return max(8, round(max(self.size) / 56))

    def _drawn(self, box: Box) -> DrawnBox:
        x1, y1, x2, y2 = box.bbox
        stretch = self.facts.pixel_aspect if self.facts else 1.0
        x1, x2 = round(x1 * stretch, 1), round(x2 * stretch, 1)
        above = y1 - self.font_size * 0.35
        return DrawnBox(
            x=x1,
            y=y1,
            width=round(x2 - x1, 1),
            height=round(y2 - y1, 1),
            label=box.label,
            confidence=percent(box.confidence),
            colour=self.colours.get(box.label, COLOURS - 1),
            label_y=round(above if above > self.font_size else y1 + self.font_size * 1.1, 1),
        )


def percent(confidence: float) -> str:
    return f"{confidence:.0%}"


def clock_time(seconds: float) -> str:
    """0:03.4, 12:07.0, 1:02:03."""
    tenths = round(max(0.0, seconds) * 10)
    minutes, rest = divmod(tenths, 600)
    if minutes >= 60:
        return f"{minutes // 60}:{minutes % 60:02}:{rest // 10:02}"
    return f"{minutes}:{rest // 10:02}.{rest % 10}"
