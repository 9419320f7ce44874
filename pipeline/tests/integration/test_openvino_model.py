"""The direct way to run an export finds what ultralytics finds with the weights themselves."""

import shutil
import warnings
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from ultralytics.utils.nms import non_max_suppression

from pipeline.config import PACKAGE_DIR, PipelineConfig
from pipeline.definitions import load_definition
from pipeline.detect.export import cached_export
from pipeline.detect.openvino import OpenvinoModel, Rows, detected
from pipeline.detect.weights import load_weights
from pipeline.detect.yolo import CpuDetector, TorchDetector
from pipeline.samples import SAMPLE_MP4
from pipeline.video.frame import Image
from pipeline.video.reader import VideoReader

WEIGHTS = PACKAGE_DIR / "weights" / load_definition("yolo_ocr").nodes[0].options.weights
IMAGE_SIZE = load_definition("yolo_ocr").nodes[0].options.image_size


@pytest.fixture(scope="module")
def frames(config: PipelineConfig) -> list[Image]:
    """Landscape, portrait, one that is scaled up and padded, one that is not scaled."""
    whole = next(VideoReader(SAMPLE_MP4, config).frames()).image
    parts = (whole, whole[:, 300:700], whole[20:91, 400:871], whole[:320, 400 : 400 + IMAGE_SIZE])
    return [np.ascontiguousarray(part) for part in parts]


@pytest.fixture(scope="module", params=["suppressed", "end2end"])
def both(
    request: pytest.FixtureRequest, config: PipelineConfig, tmp_path_factory: pytest.TempPathFactory
) -> tuple[OpenvinoModel, Any, dict[str, Any]]:
    """The export as it is made by default, and with the head that needs no suppression."""
    if request.param == "suppressed":
        export, options = cached_export(WEIGHTS, IMAGE_SIZE, config.cache_dir), {}
    else:
        options = {"nms": False}
        copy = shutil.copy(WEIGHTS, tmp_path_factory.mktemp("end2end"))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of the tracer
            made = load_weights(Path(copy)).export(
                format="openvino", imgsz=IMAGE_SIZE, dynamic=True, device="cpu", **options
            )
        export = Path(made)
    return OpenvinoModel(export, IMAGE_SIZE), load_weights(WEIGHTS), options


def test_same_detections_as_ultralytics(
    both: tuple[OpenvinoModel, Any, dict[str, Any]], frames: list[Image]
) -> None:
    ours, theirs, options = both
    total = 0
    for frame in frames:
        (predicted,) = theirs.predict(
            frame, imgsz=IMAGE_SIZE, conf=0.25, device="cpu", verbose=False, save=False, **options
        )
        expected = in_order(predicted.boxes.data.numpy())
        height, width = frame.shape[:2]
        found = in_order(ours.predict(frame, confidence=0.25, most=300))
        found[:, :4] = found[:, :4].clip(0, [width, height, width, height])
        assert found.shape == expected.shape
        np.testing.assert_allclose(found[:, :4], expected[:, :4], atol=0.5)
        np.testing.assert_allclose(found[:, 4:], expected[:, 4:], atol=0.01)
        total += len(found)
    assert ours.names == theirs.names
    assert total > 10


def test_batches_of_pytorch_find_the_same(config: PipelineConfig) -> None:
    """What runs on CUDA, here on the CPU, where ultralytics computes in 32 bits all the same."""
    options = load_definition("yolo_ocr").nodes[0].options
    batch = [frame.image for frame in islice(VideoReader(SAMPLE_MP4, config).frames(30), 3)]

    found = TorchDetector(WEIGHTS, options, "cpu").predict(batch)

    alone = CpuDetector(WEIGHTS, options, config.cache_dir).predict(batch)
    assert len({len(rows) for rows in found}) > 1 or len(found[0]) > 1
    for ours, theirs in zip(alone, found, strict=True):
        expected = in_order(np.array(theirs, dtype=np.float32))
        rows = in_order(np.array(ours, dtype=np.float32))
        assert rows.shape == expected.shape
        np.testing.assert_allclose(rows[:, :4].clip(0, [1280, 720] * 2), expected[:, :4], atol=0.5)
        np.testing.assert_allclose(rows[:, 4:], expected[:, 4:], atol=0.01)


def in_order(rows: Rows) -> Rows:
    """By place, since the order of the nearly equally confident is by chance."""
    return rows[np.lexsort(rows[:, :4].round().T)].copy()


@pytest.mark.parametrize("classes", [1, 80])
@pytest.mark.parametrize("most", [5, 300])
def test_same_suppression_as_ultralytics(classes: int, most: int) -> None:
    rng = np.random.default_rng(classes)
    places = rng.uniform([50, 50, 10, 10], [550, 350, 120, 60], (40, 4))
    boxes = np.repeat(places, 25, axis=0) + rng.normal(0, 3, (1000, 4))
    scores = rng.uniform(0, 1, (1000, classes)) ** 4
    output = np.hstack([boxes, scores]).T.astype(np.float32)

    (expected,) = non_max_suppression(torch.from_numpy(output[None].copy()), 0.3, 0.7, max_det=most)

    np.testing.assert_allclose(detected(output, False, 0.3, most), expected.numpy(), atol=1e-3)
    assert len(expected) > 4


def test_nothing_to_suppress() -> None:
    assert detected(np.zeros((5, 100), dtype=np.float32), False, 0.25, 300).shape == (0, 6)
    assert detected(np.zeros((300, 6), dtype=np.float32), True, 0.25, 300).shape == (0, 6)
