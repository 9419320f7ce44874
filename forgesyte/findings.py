"""What was found in a video, in a few lines."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import Any, BinaryIO

import ijson
from django.template.defaultfilters import pluralize

from forgesyte.api_client import Refused
from pipeline.formats import clock_time
from pipeline.terminal import printable
from pipeline.transcript import TextLine, transcript

ROWS = 12
LONGEST_TEXT = 200
Items = Iterable[dict[str, Any]]


def stored_items(file: BinaryIO) -> Iterator[dict[str, Any]]:
    """The items of an answer with results, one by one; raises Refused if it is another."""
    file.seek(0)
    try:
        yield from ijson.items(file, "results.item", use_float=True)
    except ijson.JSONError as error:
        raise Refused("The server's answer holds no results. Check --url.") from error


def counted(items: Items) -> tuple[int, Counter[str]]:
    """The number of frames, and of detections of each class; raises Refused for other items."""
    frames, classes = 0, Counter[str]()
    try:
        for item in items:
            frames += 1
            classes.update(detection["class"] for detection in item["result"]["detections"])
    except (KeyError, TypeError) as error:
        raise Refused("The server's answer holds no results. Check --url.") from error
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
