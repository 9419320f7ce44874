"""How many frames of a video the pipeline processes in a second."""

from __future__ import annotations

import time
from pathlib import Path

from forgesyte.benchmarks.figures import Measurement
from pipeline.config import PipelineConfig
from pipeline.process import PipelineProcess
from pipeline.video import VideoReader


def measure(video: Path, pipeline_id: str, config: PipelineConfig, folder: Path) -> Measurement:
    """Decoding alone, then the run in a warm child, as the worker does it.

    Loading the models is told apart: it is the first run, of one frame. Raises PipelineError.
    """
    begun = time.perf_counter()
    frames = sum(1 for _ in VideoReader(video, config).frames())
    decoded = time.perf_counter()
    with PipelineProcess(config) as process:
        process.run(video, pipeline_id, folder / "one.json", max_frames=1)
        warm = time.perf_counter()
        summary = process.run(video, pipeline_id, folder / "all.json")
        done = time.perf_counter()
    return {
        "benchmark": "pipeline",
        "pipeline_id": pipeline_id,
        "frames": frames,
        "decode_fps": round(frames / (decoded - begun), 1),
        "load_s": round(warm - decoded, 1),
        "fps": round(summary.frames / (done - warm), 1),
    }
