"""Which frames of a video to show: those in which something changes.

Something changes where a class is detected for the first time, where text appears that was not
there before, and where the picture becomes another one.
"""

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Protocol

MOST = 10
FIRST_CLASS, TEXT_APPEARS, OTHER_PICTURE = 3.0, 1.5, 1.0
MORE_LINES = 0.25  # for each line beyond the first, up to MAX_MORE
MAX_MORE = 4
# Changes within so many frames are one: its last frame shows all of them.
SETTLED = 15
KEPT, KEPT_AFTER_THINNING = 60, 30
REMEMBERED = 5_000  # lines and classes that were seen before
TEXT = "text"  # the class of lines of text: the lines themselves count
MAX_REASON = 60


class Picture(Protocol):
    """A frame, small."""

    def develop(self) -> None:
        """Make what is kept of it."""

    def looks_like(self, other: "Picture") -> bool:
        """Whether one would take them for the same."""


@dataclass
class Moment:
    """A frame in which something has changed: classes and lines that are new in it."""

    frame: int
    text: str = ""
    picture: Picture | None = None
    classes: list[str] = field(default_factory=list)
    lines: int = 0
    cut: bool = False

    @property
    def score(self) -> float:
        """Higher where more changes."""
        score = FIRST_CLASS * len(self.classes) + OTHER_PICTURE * self.cut
        if self.lines:
            score += TEXT_APPEARS + MORE_LINES * min(self.lines - 1, MAX_MORE)
        return score

    @property
    def reason(self) -> str:
        if self.classes:
            return f"first {', '.join(self.classes)}"[:MAX_REASON]
        if self.lines:
            return "new text"
        return "new picture" if self.cut else "start"


class Moments:
    """Finds the moments of a video, frame after frame, in bounded memory."""

    def __init__(self) -> None:
        self._seen: OrderedDict[tuple[str, str], None] = OrderedDict()
        self._pending = Moment(0)
        self._began = 0
        self._kept: list[Moment] = []
        self._frames = 0
        self._text = ""

    def see(
        self,
        frame: int,
        labels: Iterable[str],
        text: str,
        picture: Picture | None = None,
        cut: bool = False,
    ) -> None:
        """Frames come in ascending order. cut: whether the picture is another one now."""
        classes = [label for label in dict.fromkeys(labels) if label != TEXT]
        new_classes = [label for label in classes if self._is_new("class", label)]
        lines = 0
        if text != self._text:
            lines = sum(
                self._is_new("line", line) for line in set(text.split("\n")) if line.strip()
            )
            self._text = text
        first = self._frames == 0
        self._frames = frame + 1
        if not (first or new_classes or lines or cut):
            return
        if not first and frame - self._began > SETTLED:
            self._close()
            self._pending, self._began = Moment(frame), frame
        now = self._pending
        now.frame, now.text, now.picture = frame, text, picture
        now.classes += new_classes
        now.lines += lines
        now.cut |= cut

    def chosen(self) -> list[Moment]:
        """At most MOST, in the order of the video."""
        if self._frames:
            self._close()
        self._kept = choose(self._kept, MOST, self._frames)
        return self._kept

    def _is_new(self, kind: str, name: str) -> bool:
        new = (kind, name) not in self._seen
        self._seen[kind, name] = None
        self._seen.move_to_end((kind, name))
        if len(self._seen) > REMEMBERED:
            self._seen.popitem(last=False)
        return new

    def _close(self) -> None:
        """Keep the pending moment, unless it is known from another picture."""
        now = self._pending
        if now.picture is not None:
            now.picture.develop()
            known = [k.picture for k in self._kept if k.picture is not None]
            if not now.classes and any(now.picture.looks_like(other) for other in known):
                return
        self._kept.append(now)
        if len(self._kept) > KEPT:
            self._kept = choose(self._kept, KEPT_AFTER_THINNING, self._frames)


def choose(moments: list[Moment], count: int, frames: int) -> list[Moment]:
    """At most `count` of them, in the order of the video, spread over its `frames` frames.

    Those come first that are at least two thirds of an even spread away from those chosen, then
    those where most changes, then the farthest, then the earliest.
    """
    distance = frames / count * 2 / 3
    chosen: list[Moment] = []
    left = list(moments)
    while left and len(chosen) < count:

        def rank(moment: Moment) -> tuple[bool, float, int, int]:
            near = min((abs(moment.frame - other.frame) for other in chosen), default=frames)
            return near >= distance, moment.score, near, -moment.frame

        best = max(left, key=rank)
        chosen.append(best)
        left.remove(best)
    return sorted(chosen, key=lambda moment: moment.frame)
