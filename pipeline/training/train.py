"""Train the text-region detector.

    python -m pipeline.training.train DATA.yaml RUN_FOLDER [--epochs 30] [--resume]

Starts from random weights, needs no network and no accelerator. The weights of the last and of the
best epoch lie in RUN_FOLDER/weights.
"""

import argparse
from pathlib import Path
from typing import Any

import torch
from ultralytics import YOLO
from ultralytics.models.yolo.detect import DetectionTrainer

MODEL = Path(__file__).with_name("text_yolo26.yaml")
IMAGE_SIZE = 416
BATCH = 16

SETTINGS: dict[str, Any] = {
    "imgsz": IMAGE_SIZE,
    "batch": BATCH,
    "nbs": 32,
    "optimizer": "AdamW",
    "lr0": 0.002,
    "warmup_epochs": 1,
    "mosaic": 0.7,
    "close_mosaic": 5,
    "scale": 0.4,
    "fliplr": 0.0,
    "hsv_s": 0.5,
    "hsv_v": 0.3,
    "amp": False,
    "plots": False,
    "cache": "ram",
    "workers": 1,
    "exist_ok": True,
    "patience": 0,
}
"""What differs from ultralytics' defaults. Mirrored letters are no letters, so nothing is flipped;
the check before mixed precision would fetch a model, so there is none."""


class TextTrainer(DetectionTrainer):  # type: ignore[misc]
    """Trains on channels-last batches, which halves the time of an epoch on a CPU.

    A resumed run may end earlier or later than it was started for.
    """

    def check_resume(self, overrides: dict[str, Any]) -> None:
        """Take the settings of the interrupted run, but the number of epochs asked for now."""
        super().check_resume(overrides)
        self.args.epochs = overrides.get("epochs", self.args.epochs)

    def preprocess_batch(self, batch: dict[str, Any]) -> dict[str, Any]:
        """Return the batch with images (n, 3, height, width) float32 0-1, channels last."""
        prepared: dict[str, Any] = super().preprocess_batch(batch)
        prepared["img"] = prepared["img"].to(memory_format=torch.channels_last)
        return prepared


def train(data: Path, run: Path, epochs: int, seed: int, resume: bool) -> Path:
    """Train, or go on with an interrupted run, and return the path of the best weights."""
    if resume:
        YOLO(run / "weights" / "last.pt").train(trainer=TextTrainer, resume=True, epochs=epochs)
    else:
        YOLO(MODEL, task="detect").train(
            trainer=TextTrainer,
            data=str(data),
            project=str(run.resolve().parent),
            name=run.name,
            epochs=epochs,
            seed=seed,
            **SETTINGS,
        )
    return run / "weights" / "best.pt"


def main() -> None:
    """Read the command line and train."""
    parser = argparse.ArgumentParser(description="Train the text-region detector.")
    parser.add_argument(
        "data", type=Path, help="the data.yaml that pipeline.training.generate wrote"
    )
    parser.add_argument("run", type=Path, help="folder of this run, outside the tree")
    parser.add_argument("--epochs", type=int, default=30)
    parser.add_argument("--seed", type=int, default=16)
    parser.add_argument("--threads", type=int, default=2, help="CPU threads")
    parser.add_argument("--resume", action="store_true", help="go on after the last finished epoch")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    print(train(options.data, options.run, options.epochs, options.seed, options.resume))


if __name__ == "__main__":
    main()
