"""The findings in a video as tables of a bounded number of rows."""

from __future__ import annotations

from array import array

from rich import box
from rich.console import Console
from rich.table import Table

from forgesyte.digest import Findings, Sightings
from forgesyte.submission.files import Timeline
from jobs.terminal import printable
from pipeline.results import unreadable_frames

ROWS = 12
LONGEST_TEXT = 200


def show(findings: Findings, timeline: Timeline | None, console: Console) -> None:
    """Print which classes were found and which texts were read, and from when to when.

    Without a timeline frames are counted instead.
    """
    times = timeline.times if timeline else None
    if timeline and timeline.unreadable:
        left_out = unreadable_frames(timeline.unreadable)
        console.print(f"{left_out}: the video is damaged there.", style="yellow")
    if not findings.classes and not findings.texts:
        console.print(f"Nothing was found in the {findings.frames} frames.")
        return
    console.print(f"Found in the {findings.frames} frames:")
    _print_rows(console, "class", findings.classes, times, counted=True)
    _print_rows(console, "text", findings.texts, times, counted=False)


def _print_rows(
    console: Console,
    title: str,
    seen: dict[str, Sightings],
    times: array[float] | None,
    *,
    counted: bool,
) -> None:
    if not seen:
        return
    unit = "frame" if times is None else "s"
    table = Table(box=box.SIMPLE_HEAD if console.is_terminal else None, pad_edge=False)
    table.add_column(title, overflow="fold", min_width=8)
    headings = ["frames", *(["detections"] if counted else []), f"from {unit}", f"to {unit}"]
    for heading in headings:
        table.add_column(heading, justify="right", no_wrap=True)
    for name, sightings in _most_frequent(seen):
        numbers = [sightings.frames, *([sightings.count] if counted else [])]
        span = [_moment(frame, times) for frame in (sightings.first, sightings.last)]
        table.add_row(printable(name)[:LONGEST_TEXT], *map(str, numbers), *span)
    console.print(table)
    if len(seen) > ROWS:
        console.print(f"and {len(seen) - ROWS} more in fewer frames")


def _most_frequent(seen: dict[str, Sightings]) -> list[tuple[str, Sightings]]:
    """The ROWS that most frames show, in the order of their appearance."""
    kept = sorted(seen.items(), key=lambda row: -row[1].frames)[:ROWS]
    return sorted(kept, key=lambda row: row[1].first)


def _moment(frame: int, times: array[float] | None) -> str:
    return str(frame) if times is None else f"{times[frame]:.1f}"
