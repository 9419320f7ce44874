"""What the page of a job shows of its results, in short."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest

from jobs.pages import job_digest
from jobs.pages.job_digest import Digest, digest_results
from jobs.pages.job_results import Box, FrameFound, count_lines, frame_found, result_lines
from jobs.pages.job_texts import TextTracker
from pipeline.results import write_results

GAP = 2


def item(frame: int, text: str = "", *classes: str) -> dict[str, Any]:
    detections = [
        {"bbox": [1.0, 2.0, 30.5, 40.0], "class": name, "confidence": 0.9} for name in classes
    ]
    return {"frame_index": frame, "result": {"detections": detections, "text": text}}


def stored(path: Path, items: list[dict[str, Any]]) -> Path:
    with path.open("wb") as file:
        write_results(items, file)
    return path


@pytest.fixture
def results(tmp_path: Path) -> Path:
    """Ten frames: a car in two of them, HELLO in three, A then B on the right."""
    items = [item(n, "HELLO" if 2 <= n < 5 else "", *["car"] * (n in (3, 4))) for n in range(10)]
    return stored(tmp_path / "results.json", items)


def test_small_results_have_a_bucket_for_each_frame(results: Path) -> None:
    digest = digest_results(results, GAP)

    assert (digest.frames, digest.step, digest.bucket, digest.detections) == (10, 1, 1, 2)
    assert [(c.label, c.total) for c in digest.classes] == [("car", 2)]
    assert digest.classes[0].per_frame == [0, 0, 0, 1, 1, 0, 0, 0, 0, 0]
    assert [(line.text, line.spans) for line in digest.texts] == [("HELLO", [(2, 4)])]


def test_digest_survives_json(results: Path) -> None:
    digest = digest_results(results, GAP)

    assert Digest.from_json(json.loads(json.dumps(digest.as_json()))) == digest
    with pytest.raises(ValueError, match="version"):
        Digest.from_json({**digest.as_json(), "version": 0})


def test_many_frames_are_counted_in_few_buckets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    items = [item(n, "", *["car"] * (n % 2)) for n in range(1001)]
    results = stored(tmp_path / "results.json", items)
    monkeypatch.setattr(job_digest, "BUCKETS", 10)

    digest = digest_results(results, GAP)

    assert (digest.frames, digest.bucket) == (1001, 101)
    assert len(digest.offsets) == len(digest.classes[0].per_frame) == 10
    assert digest.classes[0].per_frame[0] == pytest.approx(50 / 101, abs=0.001)


def test_of_large_results_some_frames_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    items = [item(n, "HELLO", "car") for n in range(100)]
    results = stored(tmp_path / "results.json", items)
    monkeypatch.setattr(job_digest, "MAX_PARSED_BYTES", results.stat().st_size // 4)

    digest = digest_results(results, GAP)

    assert (digest.frames, digest.step, digest.detections) == (100, 5, 20)
    assert set(digest.classes[0].per_frame) == {1.0}
    assert digest.texts[0].spans == [(0, 95)]


def test_commonest_classes_and_the_others_as_one(tmp_path: Path) -> None:
    classes = [f"c{n}" for n in range(12)]
    items = [item(n, "", *classes[: 12 - n]) for n in range(12)]

    digest = digest_results(stored(tmp_path / "results.json", items), GAP)

    assert [c.label for c in digest.classes] == [*classes[:7], "other classes"]
    assert sum(c.total for c in digest.classes) == digest.detections == 78


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"[\n]\n", b"no JSON", b"[{}]", b"\xff\n\xfe\n\n\n"]
)
def test_what_is_no_result_counts_as_nothing(content: bytes, tmp_path: Path) -> None:
    results = tmp_path / "results.json"
    results.write_bytes(content)

    digest = digest_results(results, GAP)

    assert (digest.frames, digest.detections, digest.moments) == (0, 0, [])


def test_a_damaged_line_is_passed_over(tmp_path: Path) -> None:
    results = stored(tmp_path / "results.json", [item(n, "", "car") for n in range(3)])
    content = results.read_bytes().replace(b'"frame_index":1,', b'"frame_index":"x",')
    results.write_bytes(content)

    digest = digest_results(results, GAP)

    assert (digest.frames, digest.detections) == (3, 2)


def test_a_line_without_end_is_read_in_parts() -> None:
    file = io.BytesIO(b"[\n{" + b"x" * 5_000_000)

    assert count_lines(file) == 1
    assert [line.found for line in result_lines(file)] == [None]


def test_one_frame_is_found_from_the_start_of_its_bucket(results: Path) -> None:
    digest = digest_results(results, GAP)

    found = frame_found(results, 4, digest.offsets[2], lines=3)

    assert found == FrameFound(4, (Box((1.0, 2.0, 30.5, 40.0), "car", 0.9),), "HELLO")
    assert frame_found(results, 4, digest.offsets[2], lines=2) is None


def test_a_line_that_was_missed_for_a_moment_was_there() -> None:
    tracker = TextTracker(gap=2)
    for frame in [0, 1, 3, 8, 9]:
        tracker.add(frame, ["A", "A"])

    [line] = tracker.longest(5)

    assert (line.frames, line.spans) == (5, [(0, 3), (8, 9)])


def test_noise_does_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jobs.pages.job_texts.MAX_TRACKED", 100)
    tracker = TextTracker(gap=2)
    for frame in range(1000):
        tracker.add(frame, ["TITLE", f"noise {frame}"])

    assert len(tracker) == 1001
    assert tracker.longest(1)[0].text == "TITLE"
    assert len(tracker.longest(10_000)) <= 101


def test_a_line_that_flickers_has_a_bounded_number_of_spans() -> None:
    tracker = TextTracker(gap=1)
    for frame in range(0, 3000, 3):
        tracker.add(frame, ["A"])

    [line] = tracker.longest(1)

    assert len(line.spans) == 60
    assert line.last == 2997
