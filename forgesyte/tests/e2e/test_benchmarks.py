"""The measurements measure what they say."""

from __future__ import annotations

import json
import os
import shutil
import time
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from forgesyte.benchmarks import queue
from forgesyte.benchmarks.api import load
from forgesyte.benchmarks.figures import cpu_seconds, milliseconds, peak_resident_mib
from forgesyte.installation import ProcessFailed
from forgesyte.response_checks import UnexpectedResponse
from forgesyte.tests.conftest import TINY_MP4, Manage
from pipeline.config import DEFAULT_PIPELINE_ID
from pipeline.evaluation.pictures import OWN_PICTURES


def test_percentiles_are_values_that_occurred() -> None:
    assert milliseconds([0.001, 0.0304]) == {"p50_ms": 1.0, "p99_ms": 30.4, "max_ms": 30.4}
    hundred = milliseconds([number / 1000 for number in range(100, 0, -1)])
    assert hundred == {"p50_ms": 50.0, "p99_ms": 99.0, "max_ms": 100.0}


def test_figures_of_a_process() -> None:
    assert peak_resident_mib(os.getpid()) > 1.0
    assert cpu_seconds(os.getpid()) == pytest.approx(time.process_time(), abs=1.0)


def test_benchmark_api_counts_what_was_submitted(manage: Manage) -> None:
    done = manage("benchmark", "api", "--seconds", "1")
    assert done.returncode == 0, done.stderr
    submit, status = map(json.loads, done.stdout.splitlines())
    assert (submit["benchmark"], status["benchmark"]) == ("api submit", "api status")
    assert (submit["bytes"], submit["connections"], status["connections"]) == (200_000, 4, 8)
    for figures in (submit, status):
        assert figures["per_second"] > 0 and figures["cores"] >= 1


def test_without_wrk_its_package_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ProcessFailed, match="apt-get install wrk"):
        load("http://127.0.0.1:9", 1, 1, "/")


def test_load_that_was_answered_with_errors_is_no_measurement(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    counts = {"requests": 9, "duration": 1000000, "p50": 1, "p99": 1, "max": 1}
    program = tmp_path / "wrk"
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin")
    for status, socket in ((2, 0), (0, 1), (0, 0)):
        printed = json.dumps({**counts, "status": status, "socket": socket})
        program.write_text(f"#!/bin/sh\necho '{printed}'\n")
        program.chmod(0o755)
        if status or socket:
            with pytest.raises(UnexpectedResponse, match=f"{status} answers of 9 were errors"):
                load("http://127.0.0.1:9", 1, 1, "/")
        else:
            assert load("http://127.0.0.1:9", 1, 1, "/")["per_second"] == 9.0


def test_the_queue_measurement_finds_every_job(tmp_path: Path, data_dir: Path) -> None:
    assert data_dir == tmp_path / "data"
    (figures,) = queue.measure({"jobs": 3}, tmp_path)
    assert figures["jobs"] == 3
    assert figures["p50_ms"] <= figures["max_ms"]


def test_benchmark_pipeline(manage: Manage) -> None:
    done = manage("benchmark", "pipeline", str(TINY_MP4), "--frames", "4")
    assert done.returncode == 0, done.stderr
    ours, limit, by_hand, ratios = map(json.loads, done.stdout.splitlines())
    assert (ours["benchmark"], limit["benchmark"]) == ("pipeline", "pipeline limit")
    assert ours["frames"] == limit["frames"] == by_hand["frames"] == 4
    assert ours["same_bytes"]
    assert 0 < limit["cpu_ms"] < ours["cpu_ms"]
    assert ratios["to_limit"] == pytest.approx(ours["fps"] / limit["fps"], abs=0.02)
    assert ratios["to_by_hand"] == pytest.approx(ours["fps"] / by_hand["fps"], rel=0.05)


def test_benchmark_accuracy(manage: Manage, tmp_path: Path) -> None:
    for name in ("motorway.jpg", "motorway.txt", "none_harbour.jpg", "none_harbour.txt"):
        shutil.copy(OWN_PICTURES / name, tmp_path)
    options = ["--images", str(tmp_path), "--scenario", "slide", "--scenario", "nothing"]
    done = manage("benchmark", "accuracy", *options, "--frames", "4", "--seed", "3", "--verbose")
    assert done.returncode == 0, done.stderr
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    of = ["pictures", "slide", "nothing", "all videos"]
    readers = [(reader, name) for reader in ("rapidocr", DEFAULT_PIPELINE_ID) for name in of]
    assert [(row["reader"], row["of"]) for row in rows] == readers
    for figures in rows[::4]:
        assert figures["pictures"] == 2 and figures["word_recall"] >= 0.75
        assert figures["words_where_there_are_none"] == len(figures["details"][1]["wrong"])
        assert figures["details"][1] == {"picture": "none_harbour.jpg", "missed": [], "wrong": []}
    ratio = rows[4]["cpu_ms"] / rows[0]["cpu_ms"]
    assert rows[4]["cpu_to_rapidocr"] == pytest.approx(ratio, abs=0.01)
    slide, nothing, mean = rows[5:]
    assert slide["exact"] == mean["exact"] == mean["least_exact"] >= 0.8
    assert set(slide["details"]) == {"missed", "otherwise", "false"}
    assert 0 < slide["changes"] <= 10
    assert (slide["crf"], slide["seed"]) == (26, 3)
    assert (nothing["frames"], nothing["exact"], nothing["false_lines"]) == (4, None, 0)
    cost = (slide["cpu_ms"] + nothing["cpu_ms"]) / 2
    assert mean["cpu_ms"] == pytest.approx(cost, abs=0.1)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--scenario", "slide", "--pipeline", "nope"), "There is no pipeline 'nope'"),
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
