"""Summarizes the results of a video in a few lines."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

import ijson
from django.template.defaultfilters import pluralize

from forgesyte.api_client import ClientError
from pipeline.config import PipelineConfig
from pipeline.exceptions import PipelineError
from pipeline.formats import clock_time
from pipeline.terminal import printable
from pipeline.transcript import TextLine, transcript, with_end

ROWS = 12
LONGEST_TEXT = 200
Items = Iterable[dict[str, Any]]


def stored_items(file: BinaryIO) -> Iterator[dict[str, Any]]:
    """Parse the items of a results response one by one; raises ClientError for anything else."""
    file.seek(0)
    try:
        yield from ijson.items(file, "results.item", use_float=True)
    except ijson.JSONError as error:
        raise ClientError("The server's response has no results. Check --url.") from error


def counted(items: Items) -> tuple[int, Counter[str]]:
    """The number of frames, and of detections by class; raises ClientError for invalid items."""
    frames, classes = 0, Counter[str]()
    try:
        for item in items:
            frames += 1
            classes.update(detection["class"] for detection in item["result"]["detections"])
    except (KeyError, TypeError) as error:
        raise ClientError("The server's response has no results. Check --url.") from error
    return frames, classes


def summary(
    items: Items, frames: int, classes: Counter[str], shown_at: Callable[[int], float] | None
) -> Iterator[str]:
    """Yield a line with counts, then the lines of text shown longest, in order of time.

    Without `shown_at`, times are frame numbers.
    """
    found = ", ".join(f"{count} {printable(name)}" for name, count in classes.most_common(ROWS))
    total = classes.total()
    yield (
        f"{frames} frame{pluralize(frames)}, {total} detection{pluralize(total)}"
        f"{f': {found}' if found else ''}"
    )
    count, longest = 0, list[tuple[float, int, TextLine]]()
    for count, line in enumerate(transcript(items, shown_at or float), 1):
        heapq.heappush(longest, (line.end - line.start, -count, line))
        if len(longest) > ROWS:
            heapq.heappop(longest)
    for *_, line in sorted(longest, key=lambda each: -each[1]):
        start, end = (
            clock_time(at) if shown_at else f"frame {at:.0f}" for at in (line.start, line.end)
        )
        yield f"  {start} - {end}  {printable(line.text)[:LONGEST_TEXT]}"
    if count > ROWS:
        yield f"  and {count - ROWS} more lines of text, each shown for a shorter time"


def times_of(video: Path, config: PipelineConfig, frames: int) -> tuple[list[float], int]:
    """The frame times of a video and its end, and the number of frames that cannot be decoded.

    No times if they cannot be read, or if the video has fewer frames.
    """
    from pipeline.video.reader import VideoReader  # imported only if needed

    try:
        reader = VideoReader(video, config)
        times = reader.times_of(frames)
    except (PipelineError, OSError):
        return [], 0
    # The file may have changed since it was sent.
    whole = len(times) >= frames
    return (list(with_end(times, None)), reader.unreadable) if whole else ([], 0)
