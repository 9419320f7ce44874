"""Which frames the page of a job shows."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

from jobs.pages.job_digest import MOMENTS, digest_results
from jobs.pages.job_moments import Candidate, Moment, choose
from jobs.tests.test_job_digest import item, stored

GAP = 2


def moments(tmp_path: Path, *items: dict[str, object]) -> list[Moment]:
    return digest_results(stored(tmp_path / "results.json", list(items)), GAP).moments


def test_where_something_appears(tmp_path: Path) -> None:
    def at(frame: int) -> dict[str, object]:
        text = "TITLE" if 40 <= frame < 80 else ""
        return item(frame, text, *["car"] * (frame >= 120), *["bus"] * (frame == 177))

    found = moments(tmp_path, *[at(frame) for frame in range(200)])

    reasons = {moment.frame: moment.reason for moment in found}
    assert reasons.items() >= {40: "new text", 120: "first car", 177: "first bus"}.items()
    assert len(found) <= MOMENTS
    assert [moment.frame for moment in found] == sorted(reasons)


def test_each_slide_of_a_short_video(tmp_path: Path) -> None:
    frames = [item(frame, f"SLIDE {frame // 5}") for frame in range(30)]

    found = moments(tmp_path, *frames)

    assert {0, 5, 10, 15, 20, 25} <= {moment.frame for moment in found}


def test_moments_of_a_video_without_anything_are_spread(tmp_path: Path) -> None:
    found = [moment.frame for moment in moments(tmp_path, *[item(n) for n in range(100)])]

    assert found[0] == 0
    assert found[-1] == 99
    assert all(after - before >= 6 for before, after in pairwise(found))
    assert len(found) >= MOMENTS - 2


def test_moments_keep_a_distance() -> None:
    found = [Candidate(frame, detections=100 - frame) for frame in range(100)]

    frames = [moment.frame for moment in choose(found, count=5, frames=100)]

    assert frames == [0, 14, 28, 42, 56]


def test_the_same_results_give_the_same_moments(tmp_path: Path) -> None:
    items = [item(n, f"T{n // 7}", *["a", "b", "c"][: n % 4]) for n in range(300)]

    assert moments(tmp_path, *items) == moments(tmp_path, *items)


def test_the_frame_in_which_all_lines_have_appeared(tmp_path: Path) -> None:
    texts = ["", "", "A", "A\nB", "A\nB\nC", "A\nB\nC", "A\nB\nC", ""]
    frames = [item(n, texts[min(n // 40, 7)]) for n in range(400)]
    for late, text in ((80, "A"), (81, "A\nB"), (82, "A\nB\nC")):
        frames[late] = item(late, text)
    for frame in range(83, 300):
        frames[frame] = item(frame, "A\nB\nC")

    found = digest_results(stored(tmp_path / "results.json", frames), GAP)

    assert found.bucket == 2
    assert any(moment.frame in (81, 82) for moment in found.moments)
