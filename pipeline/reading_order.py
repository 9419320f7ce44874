"""The order in which a person reads boxes: lines from top to bottom, each from left to right.

Boxes are x1, y1, x2, y2 in pixels.
"""

from collections.abc import Iterable

from pipeline.results import Xyxy


def group_lines(boxes: Iterable[Xyxy]) -> list[list[Xyxy]]:
    """Group boxes into lines.

    Two boxes stand on one line if they overlap vertically by at least half of the lower one's
    height. Each is compared with the first of a line, so a slanting row does not grow for ever.
    """
    lines: list[list[Xyxy]] = []
    for box in sorted(boxes, key=lambda box: (box[1] + box[3], box)):
        line = next((line for line in lines if _same_line(line[0], box)), None)
        if line is None:
            lines.append([box])
        else:
            line.append(box)
    return [sorted(line) for line in lines]


def merge_overlapping(boxes: Iterable[Xyxy]) -> list[Xyxy]:
    """Boxes that show the same piece of a line become one around them, so it is read once.

    Two do if they share half of their common height and a fifth of the narrower one's width: a
    detector without non-maximum suppression finds a long line several times and in pieces.
    """
    merged: list[Xyxy] = []
    for box in sorted(boxes):
        # A box that grew may reach one that it did not reach before.
        while (other := next((o for o in merged if _same_piece(o, box)), None)) is not None:
            merged.remove(other)
            box = _around(other, box)
        merged.append(box)
    return merged


def _same_line(first: Xyxy, second: Xyxy) -> bool:
    lower = min(first[3] - first[1], second[3] - second[1])
    return _overlap(first[1::2], second[1::2]) >= 0.5 * lower


def _same_piece(first: Xyxy, second: Xyxy) -> bool:
    common_height = max(first[3], second[3]) - min(first[1], second[1])
    narrower = min(first[2] - first[0], second[2] - second[0])
    return (
        _overlap(first[1::2], second[1::2]) >= 0.5 * common_height
        and _overlap(first[0::2], second[0::2]) >= 0.2 * narrower
    )


def _overlap(first: tuple[float, ...], second: tuple[float, ...]) -> float:
    return min(first[1], second[1]) - max(first[0], second[0])


def _around(first: Xyxy, second: Xyxy) -> Xyxy:
    (ax1, ay1, ax2, ay2), (bx1, by1, bx2, by2) = first, second
    return min(ax1, bx1), min(ay1, by1), max(ax2, bx2), max(ay2, by2)
