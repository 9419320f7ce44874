import dataclasses
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipeline.config import PipelineConfig
from pipeline.exceptions import (
    InvalidRequest,
    UnknownPipeline,
    UnreadableVideo,
    UnusableWeights,
)
from pipeline.service import VideoFilePipelineService
from pipeline.tests.onnx_files import write_onnx

Definitions = Callable[[str], Path]
DETECT = "nodes: [{{id: detect, tool: yolo.detect_objects, options: {{weights: {}}}}}]"


def test_finds_and_reads_the_words(service: VideoFilePipelineService, tiny_mp4: Path) -> None:
    items = list(service.run_on_file(tiny_mp4, "yolo_ocr"))

    assert [item["frame_index"] for item in items] == list(range(12))
    for item in items:
        assert item["result"]["text"] == "FORGE 42"
        assert item["result"]["detections"]
        for found in item["result"]["detections"]:
            x1, y1, x2, y2 = found["bbox"]
            assert 0 <= x1 < x2 <= 320 and 0 <= y1 < y2 <= 240
            assert found["class"] == "text"
            assert 0 <= found["confidence"] <= 1


def test_frames_are_independent_of_each_other(
    service: VideoFilePipelineService, tiny_mp4: Path
) -> None:
    every = {item["frame_index"]: item for item in service.run_on_file(tiny_mp4, "yolo_ocr")}

    some = list(service.run_on_file(tiny_mp4, "yolo_ocr", frame_stride=5))

    assert some == [every[0], every[5], every[10]]


@pytest.mark.parametrize(("stride", "most"), [(0, None), (-1, None), (1, 0), (1.5, None)])
def test_wrong_numbers(
    stride: int, most: int | None, service: VideoFilePipelineService, tiny_mp4: Path
) -> None:
    with pytest.raises(InvalidRequest):
        service.run_on_file(tiny_mp4, "yolo_ocr", stride, most)


def test_checks_come_before_the_first_frame(
    service: VideoFilePipelineService, tiny_mp4: Path, tmp_path: Path
) -> None:
    with pytest.raises(UnknownPipeline):
        service.run_on_file(tiny_mp4, "nope")
    with pytest.raises(UnreadableVideo):
        service.run_on_file(tmp_path / "none.mp4", "yolo_ocr")


def test_file_is_closed_when_the_caller_stops_early(
    service: VideoFilePipelineService, long_mp4: Path, tmp_path: Path
) -> None:
    video = Path(shutil.copy(long_mp4, tmp_path))
    items = service.run_on_file(video, "yolo_ocr")
    next(items)
    assert str(video) in open_files()

    items.close()  # type: ignore[attr-defined]

    assert str(video) not in open_files()


def open_files() -> set[str]:
    return {str(link.resolve()) for link in Path("/proc/self/fd").iterdir()}


def test_models_stay_loaded(service: VideoFilePipelineService, tiny_mp4: Path) -> None:
    for _ in range(2):
        list(service.run_on_file(tiny_mp4, "yolo_ocr", max_frames=1))

    assert len(service._built) == 1


def test_vendor_is_told_to_report_nothing(
    service: VideoFilePipelineService, config: PipelineConfig
) -> None:
    (settings,) = config.cache_dir.rglob("settings.json")

    assert json.loads(settings.read_text())["sync"] is False


def run_custom(
    config: PipelineConfig, folder: Path, video: Path, **changes: object
) -> list[dict[str, Any]]:
    changed = dataclasses.replace(config, definitions_dir=folder, **changes)  # type: ignore[arg-type]
    return list(VideoFilePipelineService(changed).run_on_file(video, "custom", max_frames=1))


def test_a_reader_needs_no_detector(
    definitions: Definitions, config: PipelineConfig, tiny_mp4: Path
) -> None:
    folder = definitions("nodes: [{id: read, tool: ocr.extract_text}]")

    (item,) = run_custom(config, folder, tiny_mp4)

    assert item["result"]["text"] == "FORGE 42"
    assert len(item["result"]["detections"]) == 1


def test_tesseract_reads_the_words(service: VideoFilePipelineService, tiny_mp4: Path) -> None:
    items = list(service.run_on_file(tiny_mp4, "yolo_tesseract"))

    assert [item["result"]["text"] for item in items] == ["FORGE 42"] * 12


class RunsOnLoad:
    """A pickle of it makes a file when it is loaded."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __reduce__(self) -> tuple[object, ...]:
        return Path.touch, (self._path,)


def test_weights_run_no_code(
    definitions: Definitions, config: PipelineConfig, tiny_mp4: Path, tmp_path: Path
) -> None:
    import torch

    proof = tmp_path / "proof"
    torch.save({"model": RunsOnLoad(proof)}, tmp_path / "evil.pt")

    with pytest.raises(UnusableWeights, match=r"evil\.pt"):
        run_custom(config, definitions(DETECT.format("evil.pt")), tiny_mp4, weights_dir=tmp_path)

    assert not proof.exists()


def test_several_detectors_in_one_file(
    definitions: Definitions, config: PipelineConfig, tiny_mp4: Path, tmp_path: Path
) -> None:
    """As in coco_ocr: what one model finds stays as it is beside the text of another."""
    shutil.copy(config.weights_dir / "text_yolo26.pt", tmp_path)
    write_onnx(tmp_path / "pets.onnx")
    folder = definitions("""nodes:
  - {id: objects, tool: yolo.detect_objects, options: {weights: pets.onnx}}
  - {id: detect, tool: yolo.detect_objects, options: {weights: text_yolo26.pt}}
  - {id: read, tool: ocr.extract_text}
""")

    (item,) = run_custom(config, folder, tiny_mp4, weights_dir=tmp_path)

    assert [found["class"] for found in item["result"]["detections"]] == ["cat", "text"]
    assert item["result"]["text"] == "FORGE 42"


PROGRAM = """
import sys
from pathlib import Path
from pipeline.config import PipelineConfig
from pipeline.service import VideoFilePipelineService
from pipeline.tests.onnx_files import write_onnx

service = VideoFilePipelineService(PipelineConfig(cache_dir=Path(sys.argv[1]), device="cpu"))
service.warm_up()
print(len(list(service.run_on_file(sys.argv[2], "yolo_ocr"))))
print([name for name in ("torch", "ultralytics") if name in sys.modules])
"""


def test_pytorch_is_not_loaded(
    service: VideoFilePipelineService, config: PipelineConfig, tiny_mp4: Path
) -> None:
    """It costs seconds and half a gigabyte, and nothing but the export needs it."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(config.cache_dir), str(tiny_mp4)],
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout.split("\n") == ["12", "[]", ""]
