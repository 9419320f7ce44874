"""Exports a .pt file to OpenVINO in a process of its own, so that PyTorch's memory goes with it.

    python -m pipeline.export_program WEIGHTS IMAGE_SIZE CACHE_DIR

Writes the folder beside the weights. Exits with 1 and prints a message for users if they cannot be
used.
"""

import os
import subprocess
import sys
import warnings
from contextlib import redirect_stdout
from pathlib import Path

from pipeline.config import PACKAGE_DIR
from pipeline.exceptions import PipelineError, UnusableWeights
from pipeline.vendor import configure_vendors
from pipeline.yolo_weights import load_weights

UNUSABLE = 1
# ultralytics takes a folder for an OpenVINO model by the end of its name.
SUFFIX = "_openvino_model"


def run(weights: Path, image_size: int, cache_dir: Path) -> Path:
    """The folder that the program wrote. Raises UnusableWeights, PipelineError."""
    done = subprocess.run(
        [sys.executable, "-m", __name__, str(weights), str(image_size), str(cache_dir)],
        env={**os.environ, "PYTHONPATH": str(PACKAGE_DIR.parent)},
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    made = weights.with_name(weights.stem + SUFFIX)
    if done.returncode == UNUSABLE and done.stdout:
        raise UnusableWeights(done.stdout.strip())
    if done.returncode or not made.is_dir():
        raise PipelineError(f"The weights {weights.name} could not be exported. See the log.")
    return made


def main(weights: Path, image_size: int, cache_dir: Path) -> int:
    configure_vendors(cache_dir)
    try:
        with redirect_stdout(sys.stderr):
            export(weights, image_size)
    except UnusableWeights as error:
        sys.stdout.write(f"{error}\n")
        return UNUSABLE
    return 0


def export(weights: Path, image_size: int) -> None:
    """With dynamic shapes: see pipeline.tools.yolo for the reason."""
    model = load_weights(weights)
    with warnings.catch_warnings():
        # torch.jit.trace is deprecated; which tracer an export uses is up to ultralytics.
        warnings.simplefilter("ignore", FutureWarning)
        warnings.simplefilter("ignore", DeprecationWarning)
        model.export(format="openvino", imgsz=image_size, dynamic=True, device="cpu", verbose=False)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3])))
