"""Boxes compared with each other and with the border of the frame, all in pixels."""

from pipeline.follow.kept import Grey
from pipeline.read.boxes import LineBox
from pipeline.results import Xyxy

SLACK = 0.18  # heights by which a whole line's box may cross the border: boxes have a margin
NEAR = 3  # pixels from the border at which the line may continue beyond it


def overlap(first: Xyxy, second: Xyxy) -> float:
    """The intersection, as a share of the smaller box."""
    smaller = min(_area(first), _area(second))
    return _intersection(first, second) / smaller if smaller > 0 else 0.0


def iou(first: Xyxy, second: Xyxy) -> float:
    """Intersection over union."""
    common = _intersection(first, second)
    both = _area(first) + _area(second) - common
    return common / both if both > 0 else 0.0


def covers(box: Xyxy, other: Xyxy) -> bool:
    """Whether at least half of the other box lies within the box."""
    return _intersection(box, other) >= 0.5 * _area(other)


def union(first: Xyxy, second: Xyxy) -> Xyxy:
    (ax1, ay1, ax2, ay2), (bx1, by1, bx2, by2) = first, second
    return min(ax1, bx1), min(ay1, by1), max(ax2, bx2), max(ay2, by2)


def crosses_border(box: LineBox, resolution_wh: tuple[int, int]) -> bool:
    """Whether the line is partly outside the frame."""
    x1, y1, x2, y2 = box.xyxy
    slack = SLACK * box.size_wh[1]
    width, height = resolution_wh
    return x1 < -slack or y1 < -slack or x2 > width + slack or y2 > height + slack


def is_cut_lengthwise(box: LineBox, grey: Grey) -> bool:
    """Whether the upper or lower border cuts through the letters: its pixels show ink."""
    height = grey.shape[0]
    x1, y1, x2, y2 = (round(value) for value in box.xyxy)
    rows, columns = slice(max(0, y1), max(0, y2)), slice(max(0, x1), max(0, x2))
    line = grey[rows, columns]
    if line.size == 0:
        return True
    ink = 0.4 * max(40.0, float(line.max()) - float(line.min()))
    edges = (y1 <= NEAR, grey[0, columns]), (y2 >= height - NEAR, grey[-1, columns])
    return any(near and float(edge.max()) - float(edge.min()) > ink for near, edge in edges)


def touches_side(box: LineBox, width: int, near: float = NEAR) -> bool:
    """Whether the line comes within `near` pixels of the left or right border, which may cut it."""
    return box.xyxy[0] <= near or box.xyxy[2] >= width - near


def _intersection(first: Xyxy, second: Xyxy) -> float:
    across = min(first[2], second[2]) - max(first[0], second[0])
    down = min(first[3], second[3]) - max(first[1], second[1])
    return across * down if across > 0 and down > 0 else 0.0


def _area(box: Xyxy) -> float:
    return (box[2] - box[0]) * (box[3] - box[1])
