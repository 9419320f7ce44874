"""What was found in a video, in a few lines."""

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
    """The items of an answer with results, one by one; raises ClientError if it is another."""
    file.seek(0)
    try:
        yield from ijson.items(file, "results.item", use_float=True)
    except ijson.JSONError as error:
        raise ClientError("The server's response has no results. Check --url.") from error


def counted(items: Items) -> tuple[int, Counter[str]]:
    """The number of frames, and of detections of each class; raises ClientError for other items."""
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
    """Lines that say what was found: the lines of text that are shown longest, in their order.

    Without `shown_at` frames are counted.
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
    """When each of so many frames is shown, with the end of the last one, and how many cannot be
    decoded; no times if the file does not tell.
    """
    from pipeline.video.reader import VideoReader  # here, since uploads have no use for it

    try:
        reader = VideoReader(video, config)
        times = reader.times_of(frames)
    except (PipelineError, OSError):
        return [], 0
    # It may not be the file any more that was sent.
    whole = len(times) >= frames
    return (list(with_end(times, None)), reader.unreadable) if whole else ([], 0)
