"""What was read of a video against what it shows.

A line is exact in a frame if a line of the frame's text equals it but for white space. Lines beside
each other may also be reported as one: then it has to stand in that one, word for word. Lines that
are not whole (drawing.Line) are not asked for, and whatever is read of them is no mistake.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from functools import cache
from typing import Any

from pipeline.evaluation.drawing import Box, Line, overlap

SIMILAR = 0.5
"""Ratio of difflib from which a reported line is taken for a reading of a shown one."""
PIECE = 0.8
"""Share of a reported line's characters from which it is taken for a piece of a shown one."""


@dataclass
class Score:
    """Counts over the frames of one video, or of several ones added.

    lines, exact: whole lines of all frames, and those of them that were reported exactly.
    readings: what each true text was reported as, in all frames together.
    changes, first, second: (those that count, those that are right) in the frame in which a line
    appears, changes or goes, and in the next one if that shows the same. A line that takes the
    place of another is right if it is exact and the other one is not reported any more.
    false: reported lines that resemble nothing in their frame. missed: whole lines by the number
    of frames in which they were not exact.
    """

    frames: int = 0
    lines: int = 0
    exact: int = 0
    readings: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    first: list[bool] = field(default_factory=list)
    second: list[bool] = field(default_factory=list)
    false: Counter[str] = field(default_factory=Counter)
    missed: Counter[str] = field(default_factory=Counter)

    def figures(self) -> dict[str, float | int | None]:
        """The figures; None where there is nothing to measure."""
        return {
            "frames": self.frames,
            "lines": self.lines,
            "exact": _share(self.exact, self.lines),
            "readings_per_line": _share(sum(map(len, self.readings.values())), len(self.readings)),
            "changes": len(self.first),
            "right_in_first_frame": _share(sum(self.first), len(self.first)),
            "right_in_second_frame": _share(sum(self.second), len(self.second)),
            "false_lines_per_frame": _share(self.false.total(), self.frames),
            "false_lines": len(self.false),
        }

    def details(self) -> dict[str, Any]:
        """What was missed, read otherwise or made up, with the number of frames."""
        wrong = {text: sorted(read - {text}) for text, read in self.readings.items()}
        return {
            "missed": dict(self.missed.most_common()),
            "otherwise": {text: read for text, read in wrong.items() if read},
            "false": dict(self.false.most_common()),
        }


def score(results: Iterable[Mapping[str, Any]], truth: Sequence[Sequence[Line]]) -> Score:
    """Compare the results of a video (pipeline.results) with the lines of each of its frames.

    Changes are counted between frames that both have results, so with a frame_stride of 1 only.
    """
    found = Score()
    known = {normalised(line.text) for lines in truth for line in lines}
    frames: dict[int, list[str]] = {}
    for item in results:
        index = item["frame_index"]
        reported = [normalised(text) for text in item["result"]["text"].split("\n")]
        # A bullet or a dash alone is no line of text, whether it is reported or not.
        frames[index] = [text for text in reported if any(map(str.isalnum, text))]
        _compare(found, frames[index], truth[index], known)
    for index in frames:
        if index - 1 in frames:
            for expected, gone in _changes(truth[index - 1], truth[index]):
                for right, later in ((found.first, index), (found.second, index + 1)):
                    if later in frames and _still(truth[later], expected, gone):
                        right.append(_is_right(frames[later], truth[later], expected, gone))
    return found


def normalised(text: str) -> str:
    return " ".join(text.split())


def _compare(found: Score, reported: Sequence[str], shown: Sequence[Line], known: set[str]) -> None:
    found.frames += 1
    explained = set()
    for line in shown:
        if not line.whole:
            continue
        text = normalised(line.text)
        exact = {read for read in reported if _reads(read, line, shown)}
        explained |= exact
        found.lines += 1
        found.exact += bool(exact)
        if exact:
            found.readings[text].add(text)
        else:
            found.missed[text] += 1
    for read in set(reported) - explained:
        closest = _closest(read, shown)
        if closest is None:
            found.false[read] += 1
        elif closest and read not in known:
            found.readings[closest].add(read)


def _closest(read: str, shown: Sequence[Line]) -> str | None:
    """The whole line that it is a reading of, "" if it is of one that is not whole, or None."""
    cut = [normalised(line.text) for line in shown if not line.whole]
    if any(read in text or _likeness(read, text) >= SIMILAR for text in cut):
        return ""
    texts = [normalised(line.text) for line in shown if line.whole]
    best = max(texts, key=lambda text: _likeness(read, text), default="")
    return best if best and _likeness(read, best) >= SIMILAR else None


@cache
def _likeness(read: str, text: str) -> float:
    ratio = SequenceMatcher(None, read, text, autojunk=False).ratio()
    return max(ratio, SIMILAR if _piece(read, text) >= PIECE else 0.0)


@cache
def _piece(read: str, text: str) -> float:
    """The share of `read` that stands in `text`, in pieces of two letters or more."""
    blocks = SequenceMatcher(None, read, text, autojunk=False).get_matching_blocks()
    return sum(block.size for block in blocks if block.size > 1) / len(read)


def _reads(read: str, line: Line, shown: Sequence[Line]) -> bool:
    text = normalised(line.text)
    if read == text or f" {text} " not in f" {read} ":
        return read == text
    return any(other is not line and _same_row(line.box, other.box) for other in shown)


def _same_row(first: Box, second: Box) -> bool:
    lower = min(first[3] - first[1], second[3] - second[1])
    return min(first[3], second[3]) - max(first[1], second[1]) >= lower / 2


Change = tuple[Line | None, list[Line]]  # what appears, and what goes


def _changes(before: Sequence[Line], now: Sequence[Line]) -> list[Change]:
    appeared = [line for line in now if line.whole and not _has(before, line)]
    gone = [line for line in before if line.whole and not _has(now, line)]
    replaced = [[old for old in gone if overlap(old.box, line.box)] for line in appeared]
    left = [old for old in gone if not any(old in olds for olds in replaced)]
    return [*zip(appeared, replaced, strict=True), *((None, [old]) for old in left)]


def _has(lines: Sequence[Line], line: Line) -> bool:
    return any(other.text == line.text for other in lines)


def _still(now: Sequence[Line], expected: Line | None, gone: Sequence[Line]) -> bool:
    if any(_has(now, old) for old in gone):
        return False
    return expected is None or any(line.whole and line.text == expected.text for line in now)


def _is_right(
    reported: Sequence[str], now: Sequence[Line], expected: Line | None, gone: Sequence[Line]
) -> bool:
    if any(normalised(old.text) in reported for old in gone):
        return False
    same = next((line for line in now if expected and line.text == expected.text), None)
    return same is None or any(_reads(read, same, now) for read in reported)


def _share(part: float, whole: float) -> float | None:
    return round(part / whole, 4) if whole else None
