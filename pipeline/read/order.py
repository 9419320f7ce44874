"""The order in which a person reads the lines of a picture."""

from collections.abc import Iterable

from pipeline.read.look import Line
from pipeline.reading_order import group_lines


def text_of(lines: Iterable[Line]) -> str:
    """The text of a picture: rows from top to bottom, what stands beside each other in one row."""
    texts = {line.xyxy: line.text for line in lines}
    rows = group_lines(texts)
    return "\n".join(" ".join(texts[box] for box in row) for row in rows)
