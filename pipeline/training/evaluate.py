"""Measure weights on the held-out pictures.

    python -m pipeline.training.evaluate DATA.yaml WEIGHTS.pt

Prints one JSON object.
"""

import argparse
import json
import logging
import tempfile
from pathlib import Path

from ultralytics import YOLO
from ultralytics.utils import LOGGER

from pipeline.training.train import BATCH, IMAGE_SIZE


def evaluate(data: Path, weights: Path, image_size: int) -> dict[str, float | int]:
    """Return mAP at IoU 0.5, mAP over IoU 0.5-0.95, precision and recall on the `val` split."""
    with tempfile.TemporaryDirectory() as folder:
        metrics = YOLO(weights).val(
            data=str(data),
            imgsz=image_size,
            batch=BATCH,
            workers=0,
            plots=False,
            verbose=False,
            project=folder,
        )
    figures = {
        "map50": metrics.box.map50,
        "map50_95": metrics.box.map,
        "precision": metrics.box.mp,
        "recall": metrics.box.mr,
    }
    return {"image_size": image_size} | {
        name: round(float(value), 4) for name, value in figures.items()
    }


def main() -> None:
    """Read the command line and print the figures."""
    parser = argparse.ArgumentParser(description="Measure weights on the held-out pictures.")
    parser.add_argument(
        "data", type=Path, help="the data.yaml that pipeline.training.generate wrote"
    )
    parser.add_argument("weights", type=Path)
    parser.add_argument("--image-size", type=int, default=IMAGE_SIZE, help="longer side in pixels")
    options = parser.parse_args()
    LOGGER.setLevel(logging.ERROR)
    print(json.dumps(evaluate(options.data, options.weights, options.image_size)))


if __name__ == "__main__":
    main()
