"""Models of ultralytics from .pt files."""

from pathlib import Path
from typing import Any

from pipeline.exceptions import UnusableWeights


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
