"""Videos with known truth, and the comparison of what was read with it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from pipeline.evaluation.drawing import SIZE, Line, Truth
from pipeline.evaluation.drawn import SCENARIOS, draw
from pipeline.evaluation.score import Score, score

FRAMES = 12


def pictures(video: Path) -> list[np.ndarray]:
    with av.open(str(video)) as container:
        return [frame.to_ndarray(format="bgr24") for frame in container.decode(video=0)]


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_scenario_is_a_video_and_its_truth(scenario: str, tmp_path: Path) -> None:
    truth = draw(scenario, 1, FRAMES, 28, tmp_path / "a.mp4")
    frames = pictures(tmp_path / "a.mp4")
    assert len(frames) == len(truth) == FRAMES
    assert {frame.shape for frame in frames} == {(SIZE[1], SIZE[0], 3)}
    assert any(truth) == (scenario != "nothing")
    for frame, lines in zip(frames, truth, strict=True):
        for line in lines:
            x1, y1, x2, y2 = (round(value) for value in line.box)
            if line.whole:  # ink stands out from what is around it
                assert frame[max(0, y1) : y2, max(0, x1) : x2].std() > 20, line


def test_the_seed_alone_makes_a_video(tmp_path: Path) -> None:
    paths = [tmp_path / name for name in ("a.mp4", "b.mp4", "c.mp4")]
    first, again, other = (
        draw("subtitles", seed, 5, 26, path) for seed, path in zip((1, 1, 2), paths, strict=True)
    )
    assert first == again != other
    assert paths[0].read_bytes() == paths[1].read_bytes() != paths[2].read_bytes()


def line(text: str, box: tuple[float, float, float, float] = (0, 0, 9, 9), **of: bool) -> Line:
    return Line(text, box, **of)


def compared(truth: Truth, *texts: str) -> Score:
    results: list[dict[str, Any]] = [
        {"frame_index": index, "result": {"detections": [], "text": text}}
        for index, text in enumerate(texts)
    ]
    return score(results, truth)


def test_a_line_is_exact_but_for_white_space() -> None:
    truth = [[line("Ferry crews  end strike")]] * 4
    texts = ("Ferry crews end strike", "Ferry crews end strlke", "", "x\n Ferry  crews end strike ")
    found = compared(truth, *texts)
    assert (found.lines, found.exact) == (4, 2)
    assert found.missed == {"Ferry crews end strike": 2}
    assert found.readings == {"Ferry crews end strike": {texts[0], texts[1]}}
    assert found.false == {"x": 1}
    assert found.figures()["readings_per_line"] == 2.0


def test_lines_beside_each_other_may_be_one_reported_line() -> None:
    cells = [line("ARS", (0, 0, 50, 20)), line("2-1", (60, 1, 90, 21)), line("9", (0, 50, 9, 70))]
    assert compared([cells], "ARS 2-1\n9").exact == 3
    assert compared([cells], "ARS 2-1 9").exact == 2  # the 9 stands below
    assert compared([cells], "ARSENAL 2-1\n9").exact == 2


def test_what_is_not_whole_is_not_asked_for_and_no_mistake() -> None:
    cut = [line("River bridge reopens", (900, 0, 1300, 20), whole=False)]
    found = compared([cut] * 4, "River brid", "", "R", "QUITE ANOTHER")
    assert (found.lines, dict(found.readings)) == (0, {})
    assert found.false == {"QUITE ANOTHER": 1}


def test_a_bullet_alone_is_no_false_line() -> None:
    assert not compared([[]], "\u25a0\n -").false


def test_a_change_is_right_in_its_first_frame_or_late() -> None:
    before, after = [line("10:59")], [line("11:00")]
    truth = [before, before, after, after, after]
    assert compared(truth, "10:59", "10:59", "11:00", "11:00", "11:00").figures()["changes"] == 1
    found = [
        compared(truth, "10:59", "10:59", *late)
        for late in (["11:00"] * 3, ["10:59", "11:00", "11:00"], ["10:59", "10:59", "11:00"])
    ]
    assert [(score.first, score.second) for score in found] == [
        ([True], [True]),
        ([False], [True]),
        ([False], [False]),
    ]
    # An old value is late, but no other reading of the new one.
    assert found[2].figures()["readings_per_line"] == 1.0


def test_a_line_that_goes_is_a_change_too() -> None:
    truth = [[line("Listen")], [], []]
    late = compared(truth, "Listen", "Listen", "")
    assert (late.first, late.second, late.false) == ([False], [True], {"Listen": 1})


def test_the_old_line_beside_the_new_one_is_not_right() -> None:
    truth = [[line("one")], [line("two")]]
    assert compared(truth, "one", "one\ntwo").first == [False]
    elsewhere = [[line("one")], [line("one"), line("two", (0, 50, 9, 59))]]
    assert compared(elsewhere, "one", "one\ntwo").first == [True]


def test_text_that_moves_or_comes_in_from_the_edge_does_not_change() -> None:
    truth = [[line("one", whole=False)], [line("one", (5, 5, 9, 9))], [line("one", (7, 7, 11, 11))]]
    assert compared(truth, "", "one", "one").first == []


def test_a_stride_leaves_changes_out() -> None:
    truth = [[line("one")], [line("two")], [line("two")]]
    results = [{"frame_index": index, "result": {"text": "two"}} for index in (0, 2)]
    found = score(results, truth)
    assert (found.frames, found.lines, found.exact, found.first) == (2, 2, 1, [])
