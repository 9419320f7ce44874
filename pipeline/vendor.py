"""Settings of the vendors' libraries, made before the first of them is imported.

They keep everything they write below the cache folder, download nothing and report nothing to
anybody.
"""

import os
import sys
from pathlib import Path

from pipeline.threads import OMP_THREAD_LIMIT


def configure_vendors(cache_dir: Path) -> None:
    """Must run before ultralytics, openvino, torch or tesserocr is imported in this process."""
    settings_dir = cache_dir / "vendors"
    settings_dir.mkdir(parents=True, exist_ok=True)
    os.environ.update(
        {
            "YOLO_CONFIG_DIR": str(settings_dir),
            "YOLO_OFFLINE": "true",
            "YOLO_AUTOINSTALL": "false",
            "YOLO_VERBOSE": "false",
            # Weights are pickles: build only model classes from them, whoever made the file.
            "ULTRALYTICS_SAFE_LOAD": "true",
            "MPLCONFIGDIR": str(settings_dir / "matplotlib"),
            "TORCHINDUCTOR_CACHE_DIR": str(settings_dir / "torchinductor"),
            "OMP_THREAD_LIMIT": str(OMP_THREAD_LIMIT),
        }
    )
    # OpenVINO reports each import and export unless this package cannot be imported; then it uses
    # a stub of its own.
    sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]
