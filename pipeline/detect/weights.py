"""Weights that a pipeline names: files of the weights folder, models that ultralytics publishes.

A published model is fetched by ultralytics' downloader on first use and kept in the cache folder; a
file of the same name in the weights folder comes first. It appears by one rename after it was
loaded as a trial, so it is complete or not there, and processes that race fetch it twice at worst.
"""

import logging
import re
import tempfile
from pathlib import Path
from typing import Any

from pipeline.config import PipelineConfig
from pipeline.exceptions import MissingWeights, UnusableWeights

logger = logging.getLogger(__name__)

# The release that ultralytics 8.4 takes its models from (utils/downloads.py).
ASSETS_URL = "https://github.com/ultralytics/assets/releases/download/v8.4.0"
CONNECT_TIMEOUT_S = 5
DETECTION_MODELS = re.compile(
    r"(yolov5[nsmlx]6?u|yolov8[nsmlx]|yolov9[tsmce]|yolov10[nsmblx]|yolo(11|12|26)[nsmlx])\.pt"
)


def found_weights(name: str, config: PipelineConfig) -> Path:
    """The file that a pipeline names. Raises MissingWeights."""
    given = config.weights_dir / name
    if given.is_file():
        return given
    if is_published(name):
        return fetched(name, config.cache_dir / "weights")
    raise MissingWeights(f"The weights {name} are missing. Put the file into pipeline/weights.")


def is_published(name: str) -> bool:
    return DETECTION_MODELS.fullmatch(name) is not None


def fetched(name: str, folder: Path) -> Path:
    """The path in `folder` of a published model, which is fetched if it is not there.

    Raises MissingWeights, after seconds if there is no network.
    """
    path = folder / name
    if not path.is_file():
        logger.info("fetching %s; this is done once", name)
        folder.mkdir(parents=True, exist_ok=True)
        try:
            with tempfile.TemporaryDirectory(dir=folder, prefix=".fetching-") as scratch:
                _download(name, Path(scratch)).rename(path)
        except (UnusableWeights, OSError) as error:  # requests' exceptions are OSErrors
            raise MissingWeights(
                f"{name} could not be downloaded. Put {name} into pipeline/weights; "
                f"it is available at {ASSETS_URL}/{name}"
            ) from error
    return path


def _download(name: str, folder: Path) -> Path:
    import requests
    from ultralytics.utils.downloads import safe_download

    url = f"{ASSETS_URL}/{name}"
    # The downloader waits long and tries often; whether anybody answers is known sooner.
    requests.head(url, timeout=CONNECT_TIMEOUT_S).raise_for_status()
    path: Path = safe_download(
        url=url, file=name, dir=folder, min_bytes=1e5, retry=0, progress=False, unzip=False
    )
    load_weights(path)
    return path


def load_weights(weights: Path) -> Any:
    """The ultralytics model of a .pt file. Raises UnusableWeights if it is no detection model."""
    try:
        model = _yolo(weights)
    except Exception as error:  # reading foreign bytes can raise anything
        raise UnusableWeights(
            f"The weights {weights.name} cannot be loaded by ultralytics. Replace the file."
        ) from error
    if model.task != "detect":
        raise UnusableWeights(f"The weights {weights.name} are for {model.task}, not for detect.")
    return model


def _yolo(path: Path) -> Any:
    from ultralytics import YOLO, settings

    if settings["sync"]:  # reports to the vendor
        settings.update(sync=False)
    return YOLO(path)
