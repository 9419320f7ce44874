"""Puts the lines of a picture in reading order.

Lines next to each other form a row, as in tables, menus and scoreboards, and rows are read from top
to bottom. Columns of running text are read one after the other.
"""

from collections.abc import Iterable, Iterator, Sequence
from statistics import median

from pipeline.read.spotter import Line
from pipeline.reading_order import group_lines
from pipeline.results import Xyxy

# Running text has at least so many lines of that median length, in heights of a line. Table cells
# are fewer or shorter.
LEAST_LINES, LEAST_LENGTH = 3, 10.0
LEAST_FILLED = 0.6  # median length of the lines, as a share of the column's width


def text_of(lines: Iterable[Line]) -> str:
    """The text of a picture in reading order, one row per line."""
    return "\n".join(_rows(list(lines)))


def _rows(lines: Sequence[Line]) -> Iterator[str]:
    gutters = sorted({line.xyxy[2] for line in lines})
    zones = max((_zones(lines, gutter) for gutter in gutters), key=_in_columns, default=[])
    if not _in_columns(zones):
        yield from _joined(lines)
        return
    for left, right in zones:
        if _are_columns(left, right):
            yield from _rows(left)
            yield from _rows(right)
        else:
            yield from _joined([*left, *right])


Zone = tuple[list[Line], list[Line]]


def _zones(lines: Sequence[Line], gutter: float) -> list[Zone]:
    """The lines left and right of a gutter, from top to bottom.

    A line that crosses the gutter ends a zone and is a zone of its own.
    """
    zones: list[Zone] = [([], [])]
    for line in sorted(lines, key=lambda line: line.xyxy[1] + line.xyxy[3]):
        if line.xyxy[0] < gutter < line.xyxy[2]:
            zones += [([line], []), ([], [])]
        else:
            zones[-1][line.xyxy[0] >= gutter].append(line)
    return zones


def _in_columns(zones: Sequence[Zone]) -> int:
    """The number of lines in columns of running text."""
    return sum(len(left) + len(right) for left, right in zones if _are_columns(left, right))


def _are_columns(left: Sequence[Line], right: Sequence[Line]) -> bool:
    return _is_running(left) and _is_running(right) and _stand_beside(left, right)


def _is_running(lines: Sequence[Line]) -> bool:
    if len(lines) < LEAST_LINES:
        return False
    widths = [line.xyxy[2] - line.xyxy[0] for line in lines]
    column = max(line.xyxy[2] for line in lines) - min(line.xyxy[0] for line in lines)
    height = median(line.box.size_wh[1] for line in lines)
    return median(widths) >= max(LEAST_LENGTH * height, LEAST_FILLED * column)


def _stand_beside(left: Sequence[Line], right: Sequence[Line]) -> bool:
    """Whether their vertical overlap is at least half of the shorter one."""
    (top, bottom), (other_top, other_bottom) = map(_extent, (left, right))
    shared = min(bottom, other_bottom) - max(top, other_top)
    return shared >= 0.5 * min(bottom - top, other_bottom - other_top)


def _extent(lines: Sequence[Line]) -> tuple[float, float]:
    return min(line.xyxy[1] for line in lines), max(line.xyxy[3] for line in lines)


def _joined(lines: Sequence[Line]) -> Iterator[str]:
    texts = {_row_box(line): line.text for line in lines}
    for row in group_lines(texts):
        yield " ".join(texts[box] for box in row)


def _row_box(line: Line) -> Xyxy:
    """As tall as the letters, around the middle: a slanting line's box would reach other rows."""
    x1, y1, x2, y2 = line.xyxy
    middle, height = (y1 + y2) / 2, min(line.box.size_wh[1], y2 - y1)
    return x1, middle - height / 2, x2, middle + height / 2
