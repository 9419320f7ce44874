"""How many frames of a video the pipeline processes in a second."""

from __future__ import annotations

import time
from pathlib import Path

from forgesyte.benchmarks.figures import Measurement
from pipeline.config import PipelineConfig
from pipeline.service import VideoFilePipelineService
from pipeline.video import VideoReader


def measure(video: Path, pipeline_id: str, config: PipelineConfig) -> Measurement:
    """Decoding alone, then the whole run in this process; loading the models is not counted.

    Raises PipelineError.
    """
    begun = time.perf_counter()
    frames = sum(1 for _ in VideoReader(video, config).frames())
    decoded = time.perf_counter()
    service = VideoFilePipelineService(config)
    service.warm_up(pipeline_id)
    warm = time.perf_counter()
    processed = sum(1 for _ in service.run_on_file(video, pipeline_id))
    done = time.perf_counter()
    return {
        "benchmark": "pipeline",
        "pipeline_id": pipeline_id,
        "frames": frames,
        "decode_fps": round(frames / (decoded - begun), 1),
        "load_s": round(warm - decoded, 1),
        "fps": round(processed / (done - warm), 1),
    }
