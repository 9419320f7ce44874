"""yolo.detect_objects: any detection model of ultralytics.

On the CPU an OpenVINO export runs, with dynamic shapes: a frame is scaled so that its longer side
is image_size and padded only to the next multiple of the model's stride. At 640, 1280 x 720 becomes
640 x 384, which is 60 % of the pixels of the square that a fixed export takes, and a video in
portrait gets 384 x 640 from the same export. CUDA runs the weights themselves, through PyTorch;
an .onnx file always runs on the CPU.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from threading import Lock
from typing import Any

from pipeline.config import PipelineConfig
from pipeline.detect.export import cached_export
from pipeline.detect.weights import found_weights, load_weights
from pipeline.exceptions import DeviceUnavailable
from pipeline.results import Detection, FrameResult
from pipeline.tools.base import FrameTool
from pipeline.tools.registry import DetectObjectsOptions
from pipeline.vendor import configure_vendors
from pipeline.video.frame import Image

Rows = list[list[float]]  # x1, y1, x2, y2 in pixels of the frame, confidence, class

CUDA_BATCH = 16
NVIDIA_DRIVER = Path("/proc/driver/nvidia/version")


class Detector(ABC):
    """names: of the classes, by number."""

    names: dict[int, str]
    batch_size = 1

    @abstractmethod
    def predict(self, frames: Sequence[Image]) -> list[Rows]:
        """What is in each of some frames of one size."""


class YoloDetector(FrameTool):
    """Adds one detection for each object; its class is named as the model names it."""

    def __init__(self, options: DetectObjectsOptions, config: PipelineConfig) -> None:
        configure_vendors(config.cache_dir)
        weights = found_weights(options.weights, config)
        self._detector: Detector
        if resolve_device(config.device) == "cuda" and weights.suffix == ".pt":
            self._detector = TorchDetector(weights, options, "cuda")
        else:
            self._detector = CpuDetector(weights, options, config.cache_dir)
        self.batch_size = self._detector.batch_size

    def apply(self, frame: Image, result: FrameResult) -> FrameResult:
        return self.apply_to_batch([frame], [result])[0]

    def apply_to_batch(
        self, frames: Sequence[Image], results: Sequence[FrameResult]
    ) -> list[FrameResult]:
        found = self._detector.predict(frames)
        return [self._added(*each) for each in zip(found, results, strict=True)]

    def _added(self, rows: Rows, result: FrameResult) -> FrameResult:
        """The most confident first."""
        names = self._detector.names
        clipped = (
            Detection.clipped(xyxy, names[int(label)], confidence, result.resolution_wh)
            for *xyxy, confidence, label in sorted(rows, key=lambda row: (-row[4], row))
        )
        return replace(result, detections=result.detections + tuple(filter(None, clipped)))


class CpuDetector(Detector):
    def __init__(self, weights: Path, options: DetectObjectsOptions, cache_dir: Path) -> None:
        export = cached_export(weights, options.image_size, cache_dir)
        from pipeline.detect.openvino import OpenvinoModel

        self._model = OpenvinoModel(export, options.image_size)
        self._options = options
        self.names = self._model.names

    def predict(self, frames: Sequence[Image]) -> list[Rows]:
        least, most = self._options.confidence, self._options.max_detections
        return [self._model.predict(frame, least, most).tolist() for frame in frames]


class TorchDetector(Detector):
    """Several frames at a time, on CUDA in half precision; other threads decode and read meanwhile.

    device: as ultralytics names it.
    """

    batch_size = CUDA_BATCH

    def __init__(self, weights: Path, options: DetectObjectsOptions, device: str) -> None:
        self._model: Any = load_weights(weights)
        self._options = options
        self._device = device
        self._lock = Lock()
        self.names = self._model.names

    def predict(self, frames: Sequence[Image]) -> list[Rows]:
        with self._lock:
            predictions = self._model.predict(
                list(frames),
                imgsz=self._options.image_size,
                conf=self._options.confidence,
                max_det=self._options.max_detections,
                device=self._device,
                quantize=16,
                verbose=False,
                save=False,
            )
            return [prediction.boxes.data.tolist() for prediction in predictions]


def resolve_device(device: str) -> str:
    """ "cpu" or "cuda". Raises DeviceUnavailable if "cuda" is asked for and not there.

    PyTorch, which takes a second and much memory, is asked only where there is a driver.
    """
    if device == "cpu" or (device == "auto" and not NVIDIA_DRIVER.exists()):
        return "cpu"
    import torch

    available = torch.cuda.is_available()
    if device == "cuda" and not available:
        raise DeviceUnavailable
    return "cuda" if available else "cpu"
