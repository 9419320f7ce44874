"""YOLO weights exported to OpenVINO, once for each content, size and version, and cached.

An export appears in the cache by one rename, complete or not at all, so processes that race make
it twice at worst. A manifest with the size of each file tells an export that was damaged later.
"""

import hashlib
import json
import logging
import shutil
import tempfile
import time
from importlib.metadata import version
from pathlib import Path

from pipeline import export_program
from pipeline.onnx_weights import check_detector, converted

logger = logging.getLogger(__name__)

MANIFEST = "manifest.json"
SCRATCH = ".making-"
STALE_AFTER_S = 60 * 60  # an export takes seconds, minutes on a slow machine


def cached_export(weights: Path, image_size: int, cache_dir: Path) -> Path:
    """The folder of the export of `weights`, made when it is not there. Takes seconds then.

    Raises UnusableWeights.
    """
    folder = cache_dir / "openvino"
    folder.mkdir(parents=True, exist_ok=True)
    export = (
        folder / f"{weights.stem}-{image_size}-{_key(weights, image_size)}{export_program.SUFFIX}"
    )
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
            made = export_program.run(copy, image_size, cache_dir=export.parent.parent)
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
    for scratch in folder.glob(f"{SCRATCH}*"):
        if time.time() - scratch.stat().st_mtime > STALE_AFTER_S:
            shutil.rmtree(scratch, ignore_errors=True)
