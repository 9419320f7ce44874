"""The order in which a person reads the lines of a picture.

Rows from top to bottom, what stands beside each other in one row: tables, menus with their prices,
scoreboards. Only columns of running text are read one after the other.
"""

from collections.abc import Iterable, Iterator, Sequence
from statistics import median

from pipeline.read.look import Line
from pipeline.reading_order import group_lines
from pipeline.results import Xyxy

# Running text: so many lines in a column, and half of them at least so long, in heights of a line.
# Cells of tables are fewer or shorter.
LEAST_LINES, LEAST_LENGTH = 3, 10.0
LEAST_FILLED = 0.6  # of the width of the column, by half of its lines


def text_of(lines: Iterable[Line]) -> str:
    """The text of a picture in reading order, a line for each row."""
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
    """What stands left and right of a gutter, cut by the lines that cross it, from the top down.

    A line that crosses it is a zone of its own.
    """
    zones: list[Zone] = [([], [])]
    for line in sorted(lines, key=lambda line: line.xyxy[1] + line.xyxy[3]):
        if line.xyxy[0] < gutter < line.xyxy[2]:
            zones += [([line], []), ([], [])]
        else:
            zones[-1][line.xyxy[0] >= gutter].append(line)
    return zones


def _in_columns(zones: Sequence[Zone]) -> int:
    """How many lines stand in columns of running text."""
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
    """Whether they share half of the height of the lower one."""
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
    """As high as the letters, around the middle: a slanting line reaches into other rows."""
    x1, y1, x2, y2 = line.xyxy
    middle, height = (y1 + y2) / 2, min(line.box.size_wh[1], y2 - y1)
    return x1, middle - height / 2, x2, middle + height / 2
