"""The text of a video as lines, each with the time at which it is shown and at which it is gone."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, order=True)
class TextLine:
    """start, end: seconds; the first frame without the line is shown at its end."""

    start: float
    end: float
    text: str

    def __str__(self) -> str:
        return f"{clock(self.start)} - {clock(self.end)}  {self.text}"


@dataclass
class _Shown:
    line: int  # position in the order of appearance
    first: int


def transcript(
    items: Iterable[dict[str, Any]], shown_at: Callable[[int], float]
) -> Iterator[TextLine]:
    """The lines of the items of a results array, by start, then as read in the first frame.

    A line that is in consecutive items is one, wherever it moves; one that comes back is another.
    A text that stands twice in a frame makes two lines. Memory grows with the lines that start
    while the longest one is shown, not with the frames.

    shown_at: seconds at which a frame is shown, by frame_index; for the frame behind the last one,
    the end of the video. Raises KeyError, TypeError or ValueError for items that are none.
    """
    open_lines: dict[tuple[str, int], _Shown] = {}
    closed: dict[int, TextLine] = {}
    count = given = last = 0
    for item in items:
        last = int(item["frame_index"])
        present = _numbered(item["result"]["text"])
        for key in open_lines.keys() - present.keys():
            shown = open_lines.pop(key)
            closed[shown.line] = TextLine(shown_at(shown.first), shown_at(last), key[0])
        for key in present:
            if key not in open_lines:
                open_lines[key] = _Shown(count, last)
                count += 1
        while given in closed:
            yield closed.pop(given)
            given += 1
    for key, shown in open_lines.items():
        closed[shown.line] = TextLine(shown_at(shown.first), shown_at(last + 1), key[0])
    for number in sorted(closed):
        yield closed[number]


def with_end(times: array[float], duration_s: float | None) -> array[float]:
    """The times of frames and the end of the video; if its duration is not known, the last frame
    lasts as long as the one before it.
    """
    if times and duration_s:
        times.append(max(times[-1], times[0] + duration_s))
    elif times:
        times.append(times[-1] + (times[-1] - times[-2] if len(times) > 1 else 0.0))
    return times


def clock(seconds: float) -> str:
    """00:00:03.400."""
    thousandths = round(seconds * 1000)
    minutes, rest = divmod(thousandths, 60_000)
    return f"{minutes // 60:02}:{minutes % 60:02}:{rest // 1000:02}.{rest % 1000:03}"


def _numbered(text: str) -> dict[tuple[str, int], None]:
    """The lines of a text in its order, each with how often it stood above."""
    seen: Counter[str] = Counter()
    found: dict[tuple[str, int], None] = {}
    for line in text.split("\n"):
        if words := " ".join(line.split()):
            found[words, seen[words]] = None
            seen[words] += 1
    return found
