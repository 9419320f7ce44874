"""What RapidOCR reads of a video when it is given every frame whole: the yardstick.

Its own detector and recogniser through its public interface, with its own settings, on OpenVINO.
"""

from __future__ import annotations

import time
from functools import cache
from pathlib import Path
from typing import Any

import av


@cache
def load() -> Any:
    """Load the models into this process."""
    from rapidocr import EngineType, RapidOCR

    engines = {f"{part}.engine_type": EngineType.OPENVINO for part in ("Det", "Cls", "Rec")}
    return RapidOCR(params={"Global.log_level": "error", **engines})


def read(video: Path) -> tuple[list[dict[str, Any]], float]:
    """Return results as pipeline.results has them, and the CPU seconds of this process."""
    begun, results = time.process_time(), []
    with av.open(str(video)) as container:
        for index, frame in enumerate(container.decode(video=0)):
            found = load()(frame.to_ndarray(format="bgr24"))
            text = "\n".join(found.txts or ())
            results.append({"frame_index": index, "result": {"detections": [], "text": text}})
    return results, time.process_time() - begun
