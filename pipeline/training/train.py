"""Train the text-region detector, measure it and make its weights fit to be committed.

Training starts from random weights unless told otherwise, needs no network and no accelerator.
"""

import hashlib
import tempfile
from pathlib import Path
from typing import Any

import torch
from ultralytics import YOLO
from ultralytics.models.yolo.detect import DetectionTrainer
from ultralytics.utils.torch_utils import strip_optimizer, unwrap_model

MODEL = Path(__file__).with_name("text_yolo26.yaml")
WEIGHTS = Path(__file__).parents[1] / "weights" / "text_yolo26.pt"
_KEPT = ("date", "version", "license", "docs", "model")
IMAGE_SIZE = 512
BATCH = 16
MIN_HEIGHT = 4.0
"""Lines lower than this many pixels, as the network sees them, are not learnt: none reads them."""

SETTINGS: dict[str, Any] = {
    "batch": BATCH,
    "nbs": BATCH,
    "optimizer": "AdamW",
    "warmup_epochs": 0.5,
    "warmup_bias_lr": 0.0,
    "scale": 0.4,
    "fliplr": 0.0,
    "hsv_s": 0.5,
    "hsv_v": 0.3,
    "plots": False,
    "cache": "ram",
    "workers": 1,
    "exist_ok": True,
    "patience": 0,
    "imgsz": IMAGE_SIZE,
    "amp": False,
}
"""What differs from ultralytics' defaults.

Mirrored letters are no letters: nothing is flipped. Its own mixed precision (amp) is off: the check
before it would fetch a model.
"""


def _as_float(value: Any) -> Any:
    """Return tensors, lists and dictionaries of tensors in float32."""
    if isinstance(value, dict):
        return {name: _as_float(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(_as_float(part) for part in value)
    return value.float() if isinstance(value, torch.Tensor) else value


class TextTrainer(DetectionTrainer):  # type: ignore[misc]
    """Trains on channels-last batches, which halves the time of an epoch on a CPU."""

    def preprocess_batch(self, batch: dict[str, Any]) -> dict[str, Any]:
        """Return the batch with images (n, 3, height, width) float32 0-1, channels last.

        Lines too low to be read are left out.
        """
        prepared: dict[str, Any] = super().preprocess_batch(batch)
        shown = prepared["bboxes"][:, 3] * prepared["img"].shape[2] >= MIN_HEIGHT
        for name in ("bboxes", "cls", "batch_idx"):
            prepared[name] = prepared[name][shown]
        prepared["img"] = prepared["img"].to(memory_format=torch.channels_last)
        return prepared


class HalfTrainer(TextTrainer):
    """Computes the layers in bfloat16 on a CPU that has it, and the losses in float32.

    ultralytics knows mixed precision on GPUs only.
    """

    def _setup_train(self) -> None:
        """Change the model that learns; its average, which is saved, stays as it is."""
        super()._setup_train()
        model = unwrap_model(self.model)
        layers = model._predict_once

        def in_half(*arguments: Any, **options: Any) -> Any:
            with torch.autocast("cpu", torch.bfloat16):
                return _as_float(layers(*arguments, **options))

        model._predict_once = in_half


def train(
    data: Path,
    run: Path,
    start: Path = MODEL,
    epochs: int = 30,
    rate: float = 0.001,
    mosaic: float = 0.5,
    plain: int = 2,
    half: bool = False,
    seed: int = 16,
    threads: int = 2,
) -> Path:
    """Train from the weights `start` and return the folder of the last and the best weights.

    rate: learning rate at the start; it falls linearly to a hundredth. mosaic: share of pictures
    put together from four. plain: last epochs without any. half: compute in bfloat16, which halves
    the time on a CPU that has it; losses stay in float32.
    """
    torch.set_num_threads(threads)
    settings = {"lr0": rate, "mosaic": mosaic, "close_mosaic": plain, "epochs": epochs}
    YOLO(start, task="detect").train(
        trainer=HalfTrainer if half else TextTrainer,
        data=str(data),
        project=str(run.resolve().parent),
        name=run.name,
        seed=seed,
        **settings,
        **SETTINGS,
    )
    return run / "weights"


def export(trained: Path, to: Path = WEIGHTS) -> str:
    """Write `trained` in half precision, without optimizer and paths; return the SHA-256.

    Only weights of one's own belong here: loading a checkpoint runs the code pickled in it.
    """
    strip_optimizer(f=str(trained), s=str(to))
    checkpoint = torch.load(to, map_location="cpu", weights_only=False)  # nosec B614 # see above
    kept = {name: checkpoint[name] for name in _KEPT if name in checkpoint}
    arguments = {"task": "detect", "imgsz": IMAGE_SIZE, "model": MODEL.name}
    kept["model"].args = dict(arguments)
    kept["model"].yaml["yaml_file"] = MODEL.name
    kept["model"].pt_path = to.name
    torch.save(kept | {"train_args": arguments, "epoch": -1, "ema": None, "optimizer": None}, to)
    return hashlib.sha256(to.read_bytes()).hexdigest()


def evaluate(data: Path, weights: Path, image_size: int = IMAGE_SIZE) -> dict[str, float]:
    """Return mAP at IoU 0.5, mAP over IoU 0.5-0.95, precision and recall on the `val` split."""
    settings = {"batch": BATCH, "workers": 0, "plots": False, "verbose": False}
    with tempfile.TemporaryDirectory() as folder:
        box = YOLO(weights).val(data=str(data), imgsz=image_size, project=folder, **settings).box
    figures = {"map50": box.map50, "map50_95": box.map, "precision": box.mp, "recall": box.mr}
    return {name: round(float(value), 4) for name, value in figures.items()}
