"""The order in which a person reads boxes: lines from top to bottom, each from left to right."""

from collections.abc import Sequence
from typing import Protocol, TypeVar


class HasBox(Protocol):
    @property
    def bbox(self) -> tuple[float, float, float, float]: ...


Item = TypeVar("Item", bound=HasBox)


def group_lines(items: Sequence[Item]) -> list[list[Item]]:
    """Group items into lines.

    Two items stand on one line if they overlap vertically by at least half of the lower one's
    height. Items are taken from top to bottom, so a tall one does not pull two lines together.
    """
    lines: list[list[Item]] = []
    for item in sorted(items, key=lambda item: (_middle(item), item.bbox)):
        line = next((line for line in lines if _same_line(line[0], item)), None)
        if line is None:
            lines.append([item])
        else:
            line.append(item)
    for line in lines:
        line.sort(key=lambda item: item.bbox)
    return lines


def _middle(item: HasBox) -> float:
    return (item.bbox[1] + item.bbox[3]) / 2


def _same_line(first: HasBox, second: HasBox) -> bool:
    (_, top, _, bottom), (_, other_top, _, other_bottom) = first.bbox, second.bbox
    overlap = min(bottom, other_bottom) - max(top, other_top)
    return overlap >= 0.5 * min(bottom - top, other_bottom - other_top)
