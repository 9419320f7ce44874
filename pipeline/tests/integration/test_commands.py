import dataclasses
import json
import re
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from pytest_django import Settings

from pipeline.config import PipelineConfig
from pipeline.results import write_results
from pipeline.service import VideoFilePipelineService

SAMPLE = Path(__file__).parents[2] / "samples" / "sample.mp4"


@pytest.fixture(autouse=True)
def pipeline_settings(settings: Settings, config: PipelineConfig) -> Settings:
    settings.PIPELINE = config
    return settings


def run(*args: Any) -> str:
    out = StringIO()
    call_command(*map(str, args), stdout=out)
    return out.getvalue()


def test_run_pipeline_prints_the_words(tiny_mp4: Path, service: VideoFilePipelineService) -> None:
    printed = run("run_pipeline", tiny_mp4, "--frame-stride=4", "--max-frames=2")

    file = BytesIO()
    write_results(service.run_on_file(tiny_mp4, "yolo_ocr", 4, 2), file)
    assert printed.encode() == file.getvalue()
    items = json.loads(printed)
    assert [item["frame_index"] for item in items] == [0, 4]
    assert [item["result"]["text"] for item in items] == ["FORGE 42", "FORGE 42"]


def test_run_pipeline_takes_several_videos(
    tiny_mp4: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "out").mkdir()
    (tmp_path / "in" / "bad.mp4").write_bytes(tiny_mp4.read_bytes()[:4000])
    words = (tmp_path / "in", tiny_mp4, "--max-frames=1", "--output", tmp_path / "out")

    with pytest.raises(CommandError, match="1 of 2 videos failed"):
        run("run_pipeline", *words, "--annotated", tmp_path / "out")

    made = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert made == ["tiny_annotated.mp4", "tiny_results.json"]
    bad, good = capsys.readouterr().err.splitlines()
    assert bad.partition("bad.mp4: ")[2].startswith("The MP4 is cut off: ")
    assert re.fullmatch(r"tiny.mp4 \(7.6 KB\): 1 frame in .* s, \d+ detections?", good)


def test_wrong_arguments_are_refused_before_any_work(
    tiny_mp4: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_work(self: object, *args: object, **kwargs: object) -> None:
        raise AssertionError("a child was started")

    monkeypatch.setattr("pipeline.process.PipelineProcess.run", no_work)
    for args, message in [
        ((tmp_path / "none.mp4",), "There is no file .*none.mp4"),
        ((tmp_path,), "There is no video at"),
        ((tiny_mp4, SAMPLE), "--output FOLDER"),
        (
            (tiny_mp4, "--annotated", tiny_mp4),
            "is one of the videos. Choose another file.",
        ),
        ((tiny_mp4, "--output", tiny_mp4), "is one of the videos"),
        ((tiny_mp4, "--pipeline=nope"), r"no pipeline 'nope'. Known pipelines: .*yolo_ocr"),
        ((tiny_mp4, "--pipeline=../x"), "no pipeline"),
        ((tiny_mp4, "--frame-stride=0"), "'0' is not a whole number of at least 1"),
        ((tiny_mp4, "--max-frames=x"), "'x' is not a whole number"),
        ((tiny_mp4, "--output", "/dev/null"), "is not a file"),
        ((tiny_mp4, "--output", tmp_path / "none" / "a.json"), "There is no folder"),
    ]:
        with pytest.raises(CommandError, match=message):
            run("run_pipeline", *args)


def test_run_pipeline_tells_what_is_wrong_with_the_video(tiny_mp4: Path, tmp_path: Path) -> None:
    cut = tmp_path / "cut.mp4"
    cut.write_bytes(tiny_mp4.read_bytes()[:4000])

    with pytest.raises(CommandError, match="The MP4 is cut off"):
        run("run_pipeline", cut, "--output", tmp_path / "results.json")

    assert list(tmp_path.iterdir()) == [cut]


def test_validate_pipelines() -> None:
    assert run("validate_pipelines").startswith("OK: ")


def test_validate_pipelines_prints_every_problem(
    pipeline_settings: Settings, config: PipelineConfig, tmp_path: Path
) -> None:
    (tmp_path / "one.yaml").write_text("nodes: []")
    (tmp_path / "two.yaml").write_text("nodes: [{id: a, tool: nope}]")
    pipeline_settings.PIPELINE = dataclasses.replace(config, definitions_dir=tmp_path)

    out = StringIO()
    with pytest.raises(CommandError, match="2 problems") as caught:
        call_command("validate_pipelines", stdout=out)

    assert [line.split(": ")[0] for line in out.getvalue().splitlines()] == ["one.yaml", "two.yaml"]
    assert caught.value.returncode == 1
