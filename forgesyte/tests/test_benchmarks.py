"""The measurements measure what they say."""

from __future__ import annotations

import json
import os
import shutil
import time
from itertools import islice
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from forgesyte.benchmarks import queue, videos
from forgesyte.benchmarks.figures import (
    cpu_seconds,
    milliseconds,
    peak_resident_mib,
    percentile,
    resident_mib,
)
from forgesyte.tests.conftest import TINY_MP4, Manage
from pipeline.evaluation.pictures import OWN_PICTURES
from pipeline.mp4_index import read_video_index


def test_percentiles_are_values_that_occurred() -> None:
    values = [float(number) for number in range(100, 0, -1)]
    assert [percentile(values, share) for share in (0.5, 0.99, 1.0)] == [50.0, 99.0, 100.0]
    assert percentile([3.0], 0.01) == 3.0
    assert milliseconds([0.001, 0.0304]) == {"p50_ms": 1.0, "p99_ms": 30.4, "max_ms": 30.4}


def test_the_memory_of_a_process() -> None:
    assert 1.0 < resident_mib(os.getpid()) <= peak_resident_mib(os.getpid())


def test_the_cpu_time_of_a_process() -> None:
    assert cpu_seconds(os.getpid()) == pytest.approx(time.process_time(), abs=1.0)


def test_benchmark_prints_one_object_for_each_measurement(manage: Manage) -> None:
    done = manage("benchmark", "api", "--requests", "20", "--submits", "4")
    assert done.returncode == 0, done.stderr
    start, status, submit = map(json.loads, done.stdout.splitlines())
    assert (start["benchmark"], start["starts"]) == ("api start", 5)
    assert (status["benchmark"], status["requests"]) == ("api status", 20)
    assert (submit["benchmark"], submit["requests"]) == ("api submit", 4)
    assert status["cores"] >= 1


def test_the_queue_measurement_finds_every_job(tmp_path: Path, data_dir: Path) -> None:
    assert data_dir == tmp_path / "data"
    figures = queue.measure(tmp_path, jobs=3)
    assert figures["jobs"] == 3
    assert figures["p50_ms"] <= figures["max_ms"]


def test_benchmark_pipeline(manage: Manage) -> None:
    done = manage("benchmark", "pipeline", str(TINY_MP4), "--frames", "4")
    assert done.returncode == 0, done.stderr
    ours, limit, by_hand, ratios = map(json.loads, done.stdout.splitlines())
    assert (ours["benchmark"], limit["benchmark"]) == ("pipeline", "pipeline limit")
    assert ours["frames"] == limit["frames"] == by_hand["frames"] == 4
    assert ours["same_bytes"] and limit["same_results"]
    assert list(limit["cpu_ms"]) == ["decode", "detect", "read"]
    assert ratios["to_limit"] == round(ours["fps"] / limit["fps"], 2)
    assert ratios["to_by_hand"] == round(ours["fps"] / by_hand["fps"], 1)


def test_benchmark_pipeline_memory(manage: Manage) -> None:
    done = manage("benchmark", "pipeline", "--scenario", "long", "--frames", "5")
    assert done.returncode == 0, done.stderr
    (figures,) = map(json.loads, done.stdout.splitlines())
    assert figures["frames"] == 5
    assert 0 < figures["peak_mib"][0] <= figures["peak_mib"][1] < 1024


@pytest.mark.parametrize(
    ("scenario", "distinct"), [("two-lines", 6), ("slide", 6), ("duplicates", 1), ("long", 6)]
)
def test_scenarios_show_as_many_pictures_as_they_say(scenario: str, distinct: int) -> None:
    size, pictures = videos.SCENARIOS[scenario]
    shown = [picture.copy() for picture in islice(pictures(), 6)]
    assert {picture.shape for picture in shown} == {(size[1], size[0], 3)}
    assert len({picture.tobytes() for picture in shown}) == distinct


def test_a_scenario_becomes_a_video_of_that_many_frames(tmp_path: Path) -> None:
    video = videos.make("slide", tmp_path / "slide.mp4", frames=3)
    assert read_video_index(video, max_frames=10).frames == 3


def copy_pictures(folder: Path, *names: str) -> Path:
    folder.mkdir()
    for name in names:
        for suffix in (".jpg", ".txt"):
            shutil.copy((OWN_PICTURES / name).with_suffix(suffix), folder)
    return folder


def test_benchmark_accuracy(manage: Manage, tmp_path: Path) -> None:
    pictures = copy_pictures(tmp_path / "pictures", "motorway", "none_harbour")
    arguments = ("--images", str(pictures), "--pipeline", "yolo_ocr", "--verbose")
    done = manage("benchmark", "accuracy", *arguments)
    assert done.returncode == 0, done.stderr
    ours, auto, sparse = map(json.loads, done.stdout.splitlines())
    assert ours["pipeline_id"] == "yolo_ocr"
    assert [auto["tesseract_alone"], sparse["tesseract_alone"]] == ["auto", "sparse"]
    for figures in (ours, auto, sparse):
        assert (figures["videos"], figures["words_shown"]) == (2, 8)
        assert [detail["picture"] for detail in figures["details"]] == [
            "motorway.jpg",
            "none_harbour.jpg",
        ]
    assert ours["word_recall"] >= 0.75
    assert ours["word_precision"] == round(ours["words_found"] / ours["words_reported"], 3)
    assert ours["details"][1]["recall"] is None


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--pipeline", "yolo_ocr", "--pipeline", "nope"), "There is no pipeline 'nope'"),
        (("--images", "nowhere"), "There is no folder 'nowhere'"),
    ],
)
def test_benchmark_accuracy_refuses(arguments: tuple[str, ...], message: str) -> None:
    with pytest.raises(CommandError, match=message):
        call_command("benchmark", "accuracy", *arguments)


def test_benchmark_accuracy_refuses_a_damaged_picture(tmp_path: Path) -> None:
    (tmp_path / "sign.jpg").write_bytes(b"\xff\xd8 and no more")
    (tmp_path / "sign.txt").write_text("exit")
    with pytest.raises(CommandError, match=r"sign\.jpg is not a picture that can be read"):
        call_command("benchmark", "accuracy", "--images", str(tmp_path))
