import itertools

import pytest

from pipeline.reading_order import distinct, group_lines, merge_overlapping
from pipeline.results import Detection, Xyxy

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


BLOCK = (8.0, 8.0, 182.0, 62.0)  # around all four


@pytest.mark.parametrize(
    ("confidence_of_block", "kept"),
    [(0.3, {HOME, SCORE, AWAY, KICK_OFF}), (0.95, {BLOCK})],
)
def test_box_around_several_lines_or_the_lines(confidence_of_block: float, kept: set[Xyxy]) -> None:
    lines = [Detection(box, "text", 0.9) for box in (HOME, SCORE, AWAY, KICK_OFF)]
    block = Detection(BLOCK, "text", confidence_of_block)

    assert set(distinct([*lines, block])) == set(distinct([block, *lines])) == kept


def test_pieces_of_a_line_are_kept_to_be_merged() -> None:
    whole, piece = (0.0, 0.0, 150.0, 20.0), (5.0, 1.0, 100.0, 21.0)
    boxes = distinct([Detection(whole, "text", 0.4), Detection(piece, "text", 0.9)])

    assert merge_overlapping(boxes) == [(0.0, 0.0, 150.0, 21.0)]


def test_lines_that_touch_are_both_kept() -> None:
    upper, lower = (0.0, 0.0, 90.0, 20.0), (0.0, 16.0, 90.0, 36.0)

    assert set(distinct([Detection(box, "text", 0.5) for box in (upper, lower)])) == {upper, lower}
