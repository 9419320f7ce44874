"""The API process imports these modules; they must not cost it seconds and gigabytes."""

import subprocess
import sys

import pytest

HEAVY = ("torch", "torchvision", "ultralytics", "cv2", "openvino", "tesserocr", "numpy", "av")


@pytest.mark.parametrize(
    "module",
    [
        "pipeline.detect.weights",
        "pipeline.config",
        "pipeline.definitions",
        "pipeline.exceptions",
        "pipeline.process",
        "pipeline.results",
        "pipeline.video.facts",
        "pipeline.video.structure",
        "pipeline.management.commands.run_pipeline",
        "pipeline.management.commands.validate_pipelines",
    ],
)
def test_module_imports_no_vendor_library(module: str) -> None:
    program = f"import sys, {module}; print([m for m in {HEAVY!r} if m in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
