"""Lines of text with their times, from the items of a results array."""

from collections.abc import Iterator
from typing import Any

import pytest

from pipeline.transcript import TextLine, transcript


def items(*texts: str, stride: int = 1) -> Iterator[dict[str, Any]]:
    for number, text in enumerate(texts):
        yield {"frame_index": number * stride, "result": {"detections": [], "text": text}}


def lines(*texts: str, stride: int = 1) -> list[tuple[float, float, str]]:
    found = transcript(items(*texts, stride=stride), lambda frame: frame / 2)
    return [(line.start, line.end, line.text) for line in found]


def test_a_line_ends_when_the_first_frame_without_it_is_shown() -> None:
    assert lines("", "Hello", "Hello", "") == [(0.5, 1.5, "Hello")]


def test_a_line_in_the_last_frame_ends_with_the_video() -> None:
    assert lines("", "Hello") == [(0.5, 1.0, "Hello")]


def test_a_line_that_comes_back_is_another_one() -> None:
    assert lines("yes", "", "yes") == [(0.0, 0.5, "yes"), (1.0, 1.5, "yes")]


def test_lines_come_by_start_and_then_in_reading_order() -> None:
    found = lines("title\nb", "title\na", "title")
    assert found == [(0.0, 1.5, "title"), (0.0, 0.5, "b"), (0.5, 1.0, "a")]


def test_a_text_that_stands_twice_in_a_frame_makes_two_lines() -> None:
    assert lines("no\nno", "no") == [(0.0, 1.0, "no"), (0.0, 0.5, "no")]


def test_whitespace_makes_no_difference_and_empty_lines_none() -> None:
    assert lines(" a  b\n\n \n", "a\tb") == [(0.0, 1.0, "a b")]


def test_a_stride_leaves_no_gaps() -> None:
    assert lines("one", "one", "two", stride=4) == [(0.0, 4.0, "one"), (4.0, 4.5, "two")]


def test_no_items_give_no_lines() -> None:
    assert lines() == []


def test_lines_are_given_as_soon_as_they_are_complete() -> None:
    frames = items("one", "two", "three")
    assert next(transcript(frames, float)) == TextLine(0.0, 1.0, "one")
    assert next(frames)["frame_index"] == 2


@pytest.mark.parametrize("item", [{}, {"frame_index": 0, "result": {}}, 3])
def test_what_is_no_item_raises(item: Any) -> None:
    with pytest.raises((KeyError, TypeError)):
        list(transcript([item], float))
