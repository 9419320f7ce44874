"""The text of a video as lines, each with the time at which it is shown and at which it is gone."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple


class TextLine(NamedTuple):
    """start, end: seconds; the first frame without the line is shown at its end."""

    start: float
    end: float
    text: str

    def __str__(self) -> str:
        return f"{clock(self.start)} - {clock(self.end)}  {self.text}"


class Span(NamedTuple):
    """A line of text: the first frame that shows it, and the first one that does not."""

    first: int
    end: int
    text: str


class LineTracker:
    """Finds the lines in texts of frames, by their first frame, then as read in it.

    A line that is in consecutive texts is one, wherever it moves; one that comes back is another.
    A text that stands twice in a frame makes two lines. Memory grows with the lines that start
    while the longest one is shown, not with the frames.
    """

    def __init__(self) -> None:
        # The position in the order of appearance, and the first frame.
        self._open: dict[tuple[str, int], tuple[int, int]] = {}
        self._closed: dict[int, Span] = {}
        self._count = self._given = self._last = 0
        self._text = ""

    def add(self, frame: int, text: str) -> list[Span]:
        """The lines that are complete now. Frames come in ascending order."""
        self._last = frame
        if text == self._text:
            return []
        self._text = text
        present = _numbered(text)
        for key in self._open.keys() - present.keys():
            self._close(key, frame)
        for key in present:
            if key not in self._open:
                self._open[key] = self._count, frame
                self._count += 1
        found = []
        while self._given in self._closed:
            found.append(self._closed.pop(self._given))
            self._given += 1
        return found

    def finish(self) -> list[Span]:
        """The lines that are left when the video ends."""
        for key in list(self._open):
            self._close(key, self._last + 1)
        return [self._closed[number] for number in sorted(self._closed)]

    def _close(self, key: tuple[str, int], end: int) -> None:
        number, first = self._open.pop(key)
        self._closed[number] = Span(first, end, key[0])


def transcript(
    items: Iterable[dict[str, Any]], shown_at: Callable[[int], float]
) -> Iterator[TextLine]:
    """The lines of the items of a results array, by start, then as read in the first frame.

    shown_at: seconds at which a frame is shown, by frame_index; for the frame behind the last one,
    the end of the video. Raises KeyError, TypeError or ValueError for items that are none.
    """
    tracker = LineTracker()

    def timed(spans: list[Span]) -> Iterator[TextLine]:
        for first, end, text in spans:
            yield TextLine(shown_at(first), shown_at(end), text)

    for item in items:
        yield from timed(tracker.add(int(item["frame_index"]), item["result"]["text"]))
    yield from timed(tracker.finish())


def with_end(times: array[float], duration_s: float | None) -> array[float]:
    """When each frame is shown, and the end of the video behind them; nothing if there are none.

    If the duration is not known, the last frame lasts as long as the one before it.
    """
    if not times:
        return times
    if duration_s:
        end = max(times[-1], times[0] + duration_s)
    else:
        end = times[-1] + (times[-1] - times[-2] if len(times) > 1 else 0.0)
    return times + array("d", [end])


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
