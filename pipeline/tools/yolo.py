"""yolo.detect_objects: any detection model of ultralytics.

On the CPU an OpenVINO export runs, with dynamic shapes: a frame is scaled so that its longer side
is image_size and padded only to the next multiple of the model's stride. At 640, 1280 x 720 becomes
640 x 384, which is 60 % of the pixels of the square that a fixed export takes, and a video in
portrait gets 384 x 640 from the same export. OpenVINO compiles each shape once, and a video has
one. CUDA runs the weights themselves.
"""

from dataclasses import replace
from pathlib import Path
from typing import Any

from pipeline.config import PipelineConfig
from pipeline.exceptions import DeviceUnavailable, MissingWeights
from pipeline.openvino_export import cached_export
from pipeline.results import Detection, FrameResult
from pipeline.tools.base import Tool
from pipeline.tools.registry import DetectObjectsOptions
from pipeline.vendor import configure_vendors
from pipeline.video import Frame
from pipeline.yolo_weights import load_export, load_weights


class YoloDetector(Tool):
    """Adds one detection for each object; its class is named as the model names it."""

    def __init__(self, options: DetectObjectsOptions, config: PipelineConfig) -> None:
        weights = config.weights_dir / options.weights
        if not weights.is_file():
            raise MissingWeights(
                f"The weights {options.weights} are not there. Put the file into pipeline/weights."
            )
        configure_vendors(config.cache_dir)
        self._options = options
        self._device = resolve_device(config.device)
        self._model = _load(weights, options.image_size, self._device, config.cache_dir)

    def apply(self, frame: Frame, result: FrameResult) -> FrameResult:
        found = self._predict(frame)
        clipped = (
            Detection.clipped(xyxy, self._model.names[int(label)], confidence, result.resolution_wh)
            for *xyxy, confidence, label in found
        )
        detections = tuple(detection for detection in clipped if detection)
        return replace(result, detections=result.detections + detections)

    def _predict(self, frame: Frame) -> list[list[float]]:
        """Rows of x1, y1, x2, y2, confidence, class; the most confident first."""
        (prediction,) = self._model.predict(
            frame,
            imgsz=self._options.image_size,
            conf=self._options.confidence,
            max_det=self._options.max_detections,
            device=self._device,
            verbose=False,
            save=False,
        )
        rows: list[list[float]] = prediction.boxes.data.tolist()
        return sorted(rows, key=lambda row: (-row[4], row))


def resolve_device(device: str) -> str:
    """ "cpu" or "cuda". Raises DeviceUnavailable if "cuda" is asked for and not there."""
    if device == "cpu":
        return "cpu"
    import torch

    available = torch.cuda.is_available()
    if device == "cuda" and not available:
        raise DeviceUnavailable
    return "cuda" if available else "cpu"


def _load(weights: Path, image_size: int, device: str, cache_dir: Path) -> Any:
    if device == "cuda":
        return load_weights(weights)
    return load_export(cached_export(weights, image_size, cache_dir))
