"""The chart of a job: a lane for each class and each line of text, over a common time axis.

Coordinates are in SVG boxes WIDTH wide, stretched to the page.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from jobs.pages.job_digest import ClassCount, Digest
from jobs.pages.job_texts import TextLine

WIDTH, HEIGHT = 1000, 40
TICKS = 6
# Keeps a single frame of a million visible.
MIN_SPAN = 3.0

Clock = Callable[[int], str]


@dataclass(frozen=True, slots=True)
class Tick:
    """A frame on the axis; the last one is at its end."""

    frame: int
    label: str


@dataclass(frozen=True, slots=True)
class ClassLane:
    """`path` is the outline of an area, highest where `peak` detections are in a frame."""

    label: str
    total: int
    path: str
    peak: str
    peak_at: str
    frame: int


@dataclass(frozen=True, slots=True)
class Span:
    x: float
    width: float
    frame: int
    start: str
    end: str


@dataclass(frozen=True, slots=True)
class TextLane:
    text: str
    frames: int
    spans: list[Span]


@dataclass(frozen=True, slots=True)
class Chart:
    ticks: list[Tick]
    classes: list[ClassLane]
    texts: list[TextLane]
    more_texts: int


def chart(digest: Digest, clock: Clock) -> Chart:
    """`clock` writes the time of a frame."""
    return Chart(
        ticks=_ticks(digest.frames, clock),
        classes=[_class_lane(count, digest, clock) for count in digest.classes],
        texts=[_text_lane(line, digest.frames, clock) for line in digest.texts],
        more_texts=digest.text_lines - len(digest.texts),
    )


def position(frame: int, frames: int) -> float:
    """The middle of a frame on the axis."""
    return round((frame + 0.5) / frames * WIDTH, 1) if frames else 0.0


def _ticks(frames: int, clock: Clock) -> list[Tick]:
    last = max(0, frames - 1)
    at = sorted({round(last * number / (TICKS - 1)) for number in range(TICKS)})
    return [Tick(frame, clock(frame)) for frame in at]


def _class_lane(count: ClassCount, digest: Digest, clock: Clock) -> ClassLane:
    most = max(count.per_frame, default=0.0)
    fullest = count.per_frame.index(most) * digest.bucket if most else 0
    return ClassLane(
        label=count.label,
        total=count.total,
        path=_area(count.per_frame, most, digest),
        peak=f"{most:.0f}" if digest.bucket == 1 else f"{most:.1f}",
        peak_at=clock(fullest),
        frame=fullest,
    )


def _area(values: list[float], most: float, digest: Digest) -> str:
    """A step for each bucket; the last bucket may be shorter."""
    path = [f"M0 {HEIGHT}"]
    height = -1.0
    for number, value in enumerate(values):
        y = round(HEIGHT - (value / most if most else 0.0) * (HEIGHT - 2), 1)
        end = min((number + 1) * digest.bucket, digest.frames) / digest.frames * WIDTH
        if y == height:
            path.pop()
        else:
            path.append(f"V{y:g}")
        path.append(f"H{end:.1f}")
        height = y
    return " ".join([*path, f"V{HEIGHT}", "Z"])


def _text_lane(line: TextLine, frames: int, clock: Clock) -> TextLane:
    return TextLane(line.text, line.frames, [_span(a, b, frames, clock) for a, b in line.spans])


def _span(first: int, last: int, frames: int, clock: Clock) -> Span:
    width = max((last + 1 - first) / frames * WIDTH, MIN_SPAN)
    x = min(first / frames * WIDTH, WIDTH - width)
    return Span(round(x, 1), round(width, 1), first, clock(first), clock(last + 1))
