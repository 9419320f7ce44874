import itertools

import pytest

from pipeline.reading_order import group_lines, merge_overlapping
from pipeline.results import Xyxy

# HOME   1 : 0   AWAY
# KICK OFF
HOME, SCORE, AWAY = (10.0, 12.0, 60.0, 32.0), (70.0, 10.0, 120.0, 34.0), (130.0, 11.0, 180.0, 31.0)
KICK_OFF = (10.0, 40.0, 180.0, 60.0)
PIECES = ((0.0, 0.0, 50.0, 20.0), (40.0, 1.0, 100.0, 21.0), (80.0, 0.0, 150.0, 20.0))


@pytest.mark.parametrize("boxes", list(itertools.permutations([HOME, SCORE, AWAY, KICK_OFF])))
def test_lines_from_top_to_bottom_boxes_from_left_to_right(boxes: tuple[Xyxy, ...]) -> None:
    assert group_lines(boxes) == [[HOME, SCORE, AWAY], [KICK_OFF]]


def test_boxes_that_overlap_by_less_than_half_are_two_lines() -> None:
    upper, lower = (0.0, 0.0, 50.0, 20.0), (60.0, 11.0, 90.0, 31.0)

    assert group_lines([lower, upper]) == [[upper], [lower]]


def test_nothing() -> None:
    assert group_lines([]) == []
    assert merge_overlapping([]) == []


@pytest.mark.parametrize("boxes", list(itertools.permutations([*PIECES, KICK_OFF])))
def test_pieces_of_one_line_become_one_box(boxes: tuple[Xyxy, ...]) -> None:
    assert sorted(merge_overlapping(boxes)) == [(0.0, 0.0, 150.0, 21.0), KICK_OFF]


def test_neighbours_and_other_lines_stay_apart() -> None:
    boxes = [HOME, SCORE, AWAY, KICK_OFF, (0.0, 0.0, 200.0, 80.0)]

    assert sorted(merge_overlapping(boxes)) == sorted(boxes)
