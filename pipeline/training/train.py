"""Train the text-region detector.

    python -m pipeline.training.train DATA.yaml RUN_FOLDER [--start WEIGHTS] [--half] [--resume]

Starts from random weights unless told otherwise, needs no network and no accelerator. The weights
of the last and of the best epoch lie in RUN_FOLDER/weights.
"""

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from ultralytics import YOLO
from ultralytics.models.yolo.detect import DetectionTrainer
from ultralytics.utils.torch_utils import unwrap_model

MODEL = Path(__file__).with_name("text_yolo26.yaml")
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
}
"""What differs from ultralytics' defaults. Mirrored letters are no letters: nothing is flipped."""


@dataclass(frozen=True)
class Stage:
    """One run of the training.

    rate: learning rate at the start; it falls linearly to a hundredth. mosaic: share of pictures
    put together from four. plain: last epochs without any. half: compute in bfloat16, which halves
    the time on a CPU that has it; losses stay in float32.
    """

    epochs: int = 30
    image_size: int = IMAGE_SIZE
    rate: float = 0.001
    mosaic: float = 0.5
    plain: int = 2
    half: bool = False
    seed: int = 16

    def settings(self) -> dict[str, Any]:
        """Return the stage in ultralytics' words.

        Its own mixed precision is off: the check before it would fetch a model.
        """
        return {
            "epochs": self.epochs,
            "imgsz": self.image_size,
            "lr0": self.rate,
            "mosaic": self.mosaic,
            "close_mosaic": self.plain,
            "amp": False,
            "seed": self.seed,
        }


def _as_float(value: Any) -> Any:
    """Return tensors, lists and dictionaries of tensors in float32."""
    if isinstance(value, dict):
        return {name: _as_float(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(_as_float(part) for part in value)
    return value.float() if isinstance(value, torch.Tensor) else value


class TextTrainer(DetectionTrainer):  # type: ignore[misc]
    """Trains on channels-last batches, which halves the time of an epoch on a CPU.

    A resumed run may end earlier or later than it was started for.
    """

    def check_resume(self, overrides: dict[str, Any]) -> None:
        """Take the settings of the interrupted run, but the number of epochs asked for now."""
        super().check_resume(overrides)
        self.args.epochs = overrides.get("epochs", self.args.epochs)

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


def train(data: Path, run: Path, stage: Stage, start: Path = MODEL) -> Path:
    """Train from the weights `start` (or from random ones) and return the path of the best."""
    YOLO(start, task="detect").train(
        trainer=HalfTrainer if stage.half else TextTrainer,
        data=str(data),
        project=str(run.resolve().parent),
        name=run.name,
        **SETTINGS,
        **stage.settings(),
    )
    return run / "weights" / "best.pt"


def resume(run: Path, epochs: int, half: bool = False) -> Path:
    """Go on with an interrupted run until it has `epochs`; return the path of the best weights."""
    trainer = HalfTrainer if half else TextTrainer
    YOLO(run / "weights" / "last.pt").train(trainer=trainer, resume=True, epochs=epochs)
    return run / "weights" / "best.pt"


def _parser() -> argparse.ArgumentParser:
    parser, stage = argparse.ArgumentParser(description="Train the text-region detector."), Stage()
    parser.add_argument("data", type=Path, help="data.yaml that pipeline.training.generate wrote")
    parser.add_argument("run", type=Path, help="folder of this run, outside the tree")
    parser.add_argument("--start", type=Path, default=MODEL, help="weights to start from")
    parser.add_argument("--epochs", type=int, default=stage.epochs)
    parser.add_argument("--image-size", type=int, default=stage.image_size)
    parser.add_argument("--rate", type=float, default=stage.rate, help="first learning rate")
    parser.add_argument("--mosaic", type=float, default=stage.mosaic, help="share of mosaics")
    parser.add_argument("--plain", type=int, default=stage.plain, help="last epochs without them")
    parser.add_argument("--half", action="store_true", help="bfloat16, for CPUs that have it")
    parser.add_argument("--seed", type=int, default=stage.seed)
    parser.add_argument("--threads", type=int, default=2, help="CPU threads")
    parser.add_argument("--resume", action="store_true", help="go on after the last finished epoch")
    return parser


def main() -> None:
    """Read the command line and train."""
    options = _parser().parse_args()
    torch.set_num_threads(options.threads)
    if options.resume:
        print(resume(options.run, options.epochs, options.half))
        return
    values = {name: getattr(options, name) for name in Stage.__dataclass_fields__}
    print(train(options.data, options.run, Stage(**values), options.start))


if __name__ == "__main__":
    main()
