"""Settings of the vendors' libraries: what they may write and fetch, how many threads they get.

They keep everything they write below the cache folder, download nothing and report nothing to
anybody.

Frames are independent of each other, so a pool of one thread for each core runs them, and within a
frame no library starts threads of its own: they would take turns on cores that are busy.
- OpenVINO computes one inference on each of its threads (NUM_STREAMS = INFERENCE_NUM_THREADS).
- OpenCV resizes on the calling thread; Tesseract reads on it (OMP_THREAD_LIMIT).
- FFmpeg decodes beside them. It needs a part of the time of one frame only, so a few threads are
  enough, and each of them holds frames: with one per core of a large machine, gigabytes at 8K.
"""

import os
import sys
from pathlib import Path

DECODER_THREADS = 2
OMP_THREAD_LIMIT = 1


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


def frames_at_once() -> int:
    """The threads of the pool that runs frames: one for each core that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def limit_opencv() -> None:
    """OpenCV's own pool stays unused in this process."""
    import cv2

    cv2.setNumThreads(1)


def openvino_properties() -> dict[str, object]:
    """For compile_model: as many inferences at once as there are frames at once.

    The precision is set because the default is bfloat16 where there is hardware for it, which finds
    slightly other boxes. No pinning: the decoder's threads would wait for pinned cores.
    """
    return {
        "NUM_STREAMS": frames_at_once(),
        "INFERENCE_NUM_THREADS": frames_at_once(),
        "ENABLE_CPU_PINNING": False,
        "INFERENCE_PRECISION_HINT": "f32",
    }


def reading_properties(streams: int) -> dict[str, object]:
    """For compile_model, for PP-OCR's models: so many inferences at once, on all cores together.

    The precision is OpenVINO's choice: bfloat16 where the processor computes in it. That takes half
    the time and reads real pictures as well: recall 0.859 at precision 0.958, where float32 had
    0.855 at 0.958.
    """
    properties = {**openvino_properties(), "NUM_STREAMS": streams}
    del properties["INFERENCE_PRECISION_HINT"]
    return properties
