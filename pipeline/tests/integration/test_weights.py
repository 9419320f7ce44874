"""Models that an operator brings: what works, and what is said of those that do not."""

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipeline.config import PACKAGE_DIR, PipelineConfig
from pipeline.exceptions import MissingWeights, UnusableWeights
from pipeline.service import VideoFilePipelineService
from pipeline.tests.onnx_files import OUTPUT, ROWS, changed, write_onnx

# A box of 16 x 32 pixels amid 64 x 64, in a frame of 320 x 240 that is scaled to 64 x 48.
CAT = {"bbox": [120.0, 40.0, 200.0, 200.0], "class": "cat", "confidence": 0.9}

Detect = Callable[[Path], list[dict[str, Any]]]


@pytest.fixture
def detect(definitions: Callable[[str], Path], config: PipelineConfig, tiny_mp4: Path) -> Detect:
    """What a weights file finds in the first frame of tiny.mp4."""

    def run(weights: Path) -> list[dict[str, Any]]:
        options = f"{{weights: {weights.name}, image_size: 64}}"
        folder = definitions(
            f"nodes: [{{id: detect, tool: yolo.detect_objects, options: {options}}}]"
        )
        own = dataclasses.replace(config, definitions_dir=folder, weights_dir=weights.parent)
        (item,) = VideoFilePipelineService(own).run_on_file(tiny_mp4, "custom", max_frames=1)
        found: list[dict[str, Any]] = item["result"]["detections"]
        return found

    return run


def test_onnx_model_finds_its_own_classes(detect: Detect, tmp_path: Path) -> None:
    assert detect(write_onnx(tmp_path / "pets.onnx")) == [CAT]


@pytest.mark.parametrize("metadata", [{"end2end": "True"}, {"args": "{'nms': True}"}])
def test_onnx_model_that_suppresses_by_itself(
    metadata: dict[str, str], detect: Detect, tmp_path: Path
) -> None:
    path = write_onnx(tmp_path / "rows.onnx", changed(**metadata), ROWS)

    assert detect(path) == [CAT]


def test_onnx_model_of_another_size_than_the_pipeline_says(detect: Detect, tmp_path: Path) -> None:
    """Its input has 96 x 96 pixels, so the box is a smaller part of the frame."""
    (found,) = detect(write_onnx(tmp_path / "large.onnx", size=(1, 3, 96, 96)))

    assert found["bbox"] == [80.0, 13.3, 133.3, 120.0]


def test_onnx_model_of_free_batch_and_size(detect: Detect, tmp_path: Path) -> None:
    """The input is only as high as the frame needs: 64 x 48, rounded up to 64 x 64."""
    size = ("batch", 3, "height", "width")

    assert detect(write_onnx(tmp_path / "free.onnx", size=size)) == [CAT]


@pytest.mark.parametrize(
    ("metadata", "rows", "size", "message"),
    [
        ({}, OUTPUT[:5], (1, 3, 64, 64), "do not return YOLO boxes"),
        ({"end2end": "True"}, OUTPUT, (1, 3, 64, 64), "do not return YOLO boxes"),
        ({"task": "segment"}, OUTPUT, (1, 3, 64, 64), "are for segment, not for detect"),
        ({"task": None}, OUTPUT, (1, 3, 64, 64), "lack the metadata"),
        ({"names": "junk("}, OUTPUT, (1, 3, 64, 64), "lack the metadata"),
        ({"channels": "1"}, OUTPUT, (1, 1, 64, 64), "do not take colour pictures"),
        ({}, OUTPUT, (8, 3, 64, 64), "Export the model with batch=1"),
    ],
)
def test_onnx_model_that_is_no_detector(
    metadata: dict[str, str | None],
    rows: list[list[float]],
    size: tuple[int, ...],
    message: str,
    detect: Detect,
    tmp_path: Path,
) -> None:
    path = write_onnx(tmp_path / "other.onnx", changed(**metadata), rows, size)

    with pytest.raises(UnusableWeights, match=rf"^The weights other\.onnx .*{message}"):
        detect(path)


@pytest.mark.parametrize("suffix", ["pt", "onnx"])
@pytest.mark.parametrize("content", [b"", b"These are no weights.\n", b"\x00" * 5000])
def test_file_that_is_no_model(suffix: str, content: bytes, detect: Detect, tmp_path: Path) -> None:
    path = tmp_path / f"junk.{suffix}"
    path.write_bytes(content)

    with pytest.raises(UnusableWeights, match=rf"^The weights junk\.{suffix} .*[a-z]\.$"):
        detect(path)


@pytest.mark.parametrize("suffix", ["pt", "onnx"])
def test_file_that_is_cut(suffix: str, detect: Detect, tmp_path: Path) -> None:
    whole = PACKAGE_DIR / "weights" / "text_yolo26.pt"
    if suffix == "onnx":
        whole = write_onnx(tmp_path / "whole.onnx")
    path = tmp_path / f"cut.{suffix}"
    path.write_bytes(whole.read_bytes()[: whole.stat().st_size // 3])

    with pytest.raises(UnusableWeights, match=rf"cut\.{suffix} .* Replace the file\.$"):
        detect(path)


@pytest.mark.parametrize(
    ("model", "message"),
    [
        ("yolo26n-seg", "are for segment, not for detect"),
        ("yolo26n-cls", "are for classify, not for detect"),
    ],
)
def test_model_of_another_task(
    model: str, message: str, detect: Detect, service: VideoFilePipelineService, tmp_path: Path
) -> None:
    from ultralytics import YOLO

    YOLO(f"{model}.yaml", verbose=False).save(tmp_path / "other.pt")

    with pytest.raises(UnusableWeights, match=rf"^The weights other\.pt {message}\.$"):
        detect(tmp_path / "other.pt")


def test_model_with_suppression_outside_of_it(
    detect: Detect, service: VideoFilePipelineService, tmp_path: Path
) -> None:
    from ultralytics import YOLO

    YOLO("yolo11n.yaml", verbose=False).save(tmp_path / "eleven.pt")

    assert detect(tmp_path / "eleven.pt") == []


@pytest.mark.parametrize("suffix", ["pt", "onnx"])
def test_missing_file(suffix: str, detect: Detect, tmp_path: Path) -> None:
    with pytest.raises(MissingWeights) as caught:
        detect(tmp_path / f"mine.{suffix}")

    assert str(caught.value) == (
        f"The weights mine.{suffix} are missing. Put the file into pipeline/weights."
    )
