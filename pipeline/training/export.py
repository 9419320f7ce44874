"""Make trained weights fit to be committed.

    python -m pipeline.training.export RUN_FOLDER/weights/best.pt

Prints the SHA-256 and the path of the file written.
"""

import argparse
import hashlib
from pathlib import Path

import torch
from ultralytics.utils.torch_utils import strip_optimizer

from pipeline.training.train import IMAGE_SIZE, MODEL

WEIGHTS = Path(__file__).parents[1] / "weights" / "text_yolo26.pt"
_KEPT = ("date", "version", "license", "docs", "model")


def export(trained: Path, destination: Path) -> str:
    """Write `trained` in half precision, without optimizer and paths; return the SHA-256.

    Only weights of one's own belong here: loading a checkpoint runs the code pickled in it.
    """
    strip_optimizer(f=str(trained), s=str(destination))
    checkpoint = torch.load(destination, map_location="cpu", weights_only=False)  # nosec B614 # see above
    kept = {name: checkpoint[name] for name in _KEPT if name in checkpoint}
    arguments = {"task": "detect", "imgsz": IMAGE_SIZE, "model": MODEL.name}
    kept["model"].args = dict(arguments)
    kept["model"].yaml["yaml_file"] = MODEL.name
    kept["model"].pt_path = destination.name
    torch.save(
        kept | {"train_args": arguments, "epoch": -1, "ema": None, "optimizer": None}, destination
    )
    return hashlib.sha256(destination.read_bytes()).hexdigest()


def main() -> None:
    """Read the command line and write the weights."""
    parser = argparse.ArgumentParser(
        description="Write trained weights in the form that is committed."
    )
    parser.add_argument("trained", type=Path, help="best.pt of a run")
    parser.add_argument("--to", type=Path, default=WEIGHTS)
    options = parser.parse_args()
    print(export(options.trained, options.to), options.to)


if __name__ == "__main__":
    main()
