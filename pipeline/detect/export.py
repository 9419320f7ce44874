"""YOLO weights exported to OpenVINO, once for each content, size and version, and cached.

An export appears in the cache by one rename, complete or not at all, so processes that race make
it twice at worst. A manifest with the size of each file tells an export that was damaged later.

    python -m pipeline.detect.export WEIGHTS IMAGE_SIZE CACHE_DIR

exports a .pt file in a process of its own, so that PyTorch's memory goes with it. It writes the
folder beside the weights, or exits with 1 and prints a message for users if they cannot be used.
"""

import hashlib
import json
import logging
import os
import shutil
import subprocess
import sys
import tempfile
import time
import warnings
from contextlib import redirect_stdout
from importlib.metadata import version
from pathlib import Path

from pipeline.config import PACKAGE_DIR
from pipeline.detect.onnx import check_detector, converted
from pipeline.detect.weights import load_weights
from pipeline.exceptions import PipelineError, UnusableWeights
from pipeline.vendor import configure_vendors

logger = logging.getLogger(__name__)

MANIFEST = "manifest.json"
SCRATCH = ".making-"
UNUSABLE = 1  # exit status
# ultralytics takes a folder for an OpenVINO model by the end of its name.
SUFFIX = "_openvino_model"
STALE_AFTER_S = 60 * 60  # an export takes seconds, minutes on a slow machine


def cached_export(weights: Path, image_size: int, cache_dir: Path) -> Path:
    """The folder of the export of `weights`, made when it is not there. Takes seconds then.

    Raises UnusableWeights.
    """
    folder = cache_dir / "openvino"
    folder.mkdir(parents=True, exist_ok=True)
    export = folder / f"{weights.stem}-{image_size}-{_key(weights, image_size)}{SUFFIX}"
    if not is_complete(export):
        _remove_stale(folder)
        _make(weights, image_size, export)
    return export


def is_complete(export: Path) -> bool:
    """Whether every file of the export is there in the size that it was made with."""
    try:
        sizes = json.loads((export / MANIFEST).read_text(encoding="utf-8"))
        return all((export / name).stat().st_size == size for name, size in sizes.items())
    except (OSError, ValueError):
        return False


def _key(weights: Path, image_size: int) -> str:
    content = hashlib.sha256(weights.read_bytes()).hexdigest()
    # Asking the packages themselves would import PyTorch.
    parts = (content, str(image_size), version("ultralytics"), version("openvino"))
    return hashlib.sha256("|".join(parts).encode()).hexdigest()[:16]


def _make(weights: Path, image_size: int, export: Path) -> None:
    logger.info("exporting %s to OpenVINO; this is done once", weights.name)
    with tempfile.TemporaryDirectory(dir=export.parent, prefix=SCRATCH) as scratch:
        copy = Path(scratch) / weights.name  # the export is written beside its weights
        shutil.copyfile(weights, copy)
        if weights.suffix == ".onnx":
            made = converted(copy)
        else:
            made = _run_program(copy, image_size, cache_dir=export.parent.parent)
        check_detector(made, weights.name)
        sizes = {path.name: path.stat().st_size for path in made.iterdir()}
        (made / MANIFEST).write_text(json.dumps(sizes, sort_keys=True), encoding="utf-8")
        if export.exists() and not is_complete(export):
            shutil.rmtree(export, ignore_errors=True)
        try:
            made.rename(export)
        except OSError:
            if not is_complete(export):  # else another process was faster
                raise


def _remove_stale(folder: Path) -> None:
    """What processes left behind that were killed while they exported."""
    for scratch in folder.glob(SCRATCH + "[a-z0-9_]" * 8):
        if time.time() - scratch.lstat().st_mtime > STALE_AFTER_S:
            shutil.rmtree(scratch, ignore_errors=True)


def _run_program(weights: Path, image_size: int, cache_dir: Path) -> Path:
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
            _export(weights, image_size)
    except UnusableWeights as error:
        sys.stdout.write(f"{error}\n")
        return UNUSABLE
    return 0


def _export(weights: Path, image_size: int) -> None:
    """With dynamic shapes: see pipeline.detect.yolo for the reason."""
    model = load_weights(weights)
    with warnings.catch_warnings():
        # torch.jit.trace is deprecated; which tracer an export uses is up to ultralytics.
        warnings.simplefilter("ignore", FutureWarning)
        warnings.simplefilter("ignore", DeprecationWarning)
        model.export(format="openvino", imgsz=image_size, dynamic=True, device="cpu", verbose=False)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3])))
