"""Which lines of text were read, and in which frames."""

from __future__ import annotations

from dataclasses import dataclass, field

MAX_TRACKED = 5_000
MAX_SPANS = 60


@dataclass(slots=True)
class TextLine:
    """A line of text and the frames that show it.

    spans: (first frame, last frame), apart where the line was gone for more than a gap.
    """

    text: str
    frames: int = 0
    spans: list[tuple[int, int]] = field(default_factory=list)

    @property
    def first(self) -> int:
        return self.spans[0][0]

    @property
    def last(self) -> int:
        return self.spans[-1][1]

    def stays(self, lasting: int) -> bool:
        """Whether one of its spans is longer than `lasting` frames."""
        return any(last - first >= lasting for first, last in self.spans)


class TextTracker:
    """Tracks lines of text through the frames of a video, in bounded memory.

    A line that returns within `gap` frames counts as shown all the time: readers miss a line now
    and then. Beyond MAX_TRACKED lines, the rarest are dropped.
    """

    def __init__(self, gap: int) -> None:
        self._gap = gap
        self._lines: dict[str, TextLine] = {}
        self.let_go = 0

    def add(self, frame: int, lines: list[str]) -> None:
        """Frames come in ascending order."""
        for text in dict.fromkeys(lines):
            line = self._lines.get(text)
            if line is None:
                line = self._lines[text] = TextLine(text)
            line.frames += 1
            near = line.spans and frame - line.last <= self._gap
            if near or len(line.spans) == MAX_SPANS:
                line.spans[-1] = (line.spans[-1][0], frame)
            else:
                line.spans.append((frame, frame))
        if len(self._lines) > MAX_TRACKED:
            self._let_rare_ones_go(frame)

    def longest(self, count: int, lasting: int = 0) -> list[TextLine]:
        """The `count` lines with the most frames, in order of their first appearance.

        Lines that never last more than `lasting` frames are noise, unless all are.
        """
        lines = [line for line in self._lines.values() if line.stays(lasting)]
        lines = lines or list(self._lines.values())
        most = sorted(lines, key=lambda line: (-line.frames, line.first, line.text))
        return sorted(most[:count], key=lambda line: (line.first, -line.frames, line.text))

    def __len__(self) -> int:
        return len(self._lines) + self.let_go

    def _let_rare_ones_go(self, frame: int) -> None:
        """Drop half of them, first those that are no longer on the screen."""
        over = [line for line in self._lines.values() if frame - line.last > self._gap]
        rare = sorted(over or self._lines.values(), key=lambda line: (line.frames, line.first))
        for line in rare[: MAX_TRACKED // 2]:
            del self._lines[line.text]
            self.let_go += 1
