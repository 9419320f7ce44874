"""How many frames of a video the pipeline processes in a second, beside two yardsticks.

Both see the same frames, weights and image size: what somebody would write by hand, and the limit,
which is the CPU time of decoding and detecting, each alone, divided by the cores.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TypeVar

from forgesyte.benchmarks.figures import Measurement, cores, cpu_seconds, peak_resident_mib
from pipeline.config import PipelineConfig
from pipeline.definitions import load_definition
from pipeline.hub_weights import found_weights
from pipeline.process import PipelineProcess
from pipeline.results import FrameResult
from pipeline.service import VideoFilePipelineService
from pipeline.tools.base import FrameTool
from pipeline.video.reader import VideoReader

Result = TypeVar("Result")

CHUNK = 16  # frames that the limit keeps in memory at a time


def measure(
    video: Path, pipeline_id: str, config: PipelineConfig, folder: Path, frames: int
) -> Iterator[Measurement]:
    """Ours, the limit, by hand, and the ratios. Raises PipelineError."""
    run = _ours(video, pipeline_id, config, folder, frames)
    yield run
    limit = _limit(video, pipeline_id, config, frames)
    yield limit
    by_hand = _by_hand(video, pipeline_id, config, frames)
    ratios = {"to_limit": round(run["fps"] / limit["fps"], 2)}
    if by_hand:
        yield by_hand
        ratios["to_by_hand"] = round(run["fps"] / by_hand["fps"], 1)
    yield {"benchmark": "pipeline ratios", **ratios}


def _ours(
    video: Path, pipeline_id: str, config: PipelineConfig, folder: Path, frames: int
) -> Measurement:
    """Two runs in a warm child, as the worker does it."""
    outputs = [folder / "first.json", folder / "second.json"]
    with PipelineProcess(config) as process:

        def run(output: Path, most: int) -> tuple[float, int]:
            begun = time.perf_counter()
            summary = process.run(video, pipeline_id, output, max_frames=most)
            return time.perf_counter() - begun, summary.frames

        load_s, _ = run(outputs[0], 1)
        one_frame_s, _ = run(outputs[0], 1)
        assert process.pid is not None
        spent_s = cpu_seconds(process.pid)
        run_s, count = run(outputs[0], frames)
        spent_s = cpu_seconds(process.pid) - spent_s
        run(outputs[1], frames)
        peak = peak_resident_mib(process.pid)
    first, second = (output.read_bytes() for output in outputs)
    return {
        "benchmark": "pipeline",
        "pipeline_id": pipeline_id,
        "frames": count,
        "fps": round(count / run_s, 1),
        "cpu_ms": round(spent_s / count * 1000, 2),
        "load_s": round(load_s, 1),
        "one_frame_ms": round(one_frame_s * 1000, 1),
        "peak_mib": round(peak, 1),
        "same_bytes": first == second,
        "ok": first == second,
    }


def _limit(video: Path, pipeline_id: str, config: PipelineConfig, frames: int) -> Measurement:
    """CPU time of decoding and of each tool that sees one frame at a time, nothing beside it."""
    service = VideoFilePipelineService(config)
    service.warm_up(pipeline_id)
    definition = load_definition(pipeline_id, config.definitions_dir)
    named = zip(definition.nodes, service.tools(pipeline_id), strict=True)
    tools = {node.id: tool for node, tool in named if isinstance(tool, FrameTool)}
    seconds = dict.fromkeys(("decode", *tools), 0.0)
    source = islice(VideoReader(video, config).frames(), frames)
    count = 0
    while chunk := _counted(seconds, "decode", lambda: list(islice(source, CHUNK))):
        for frame in chunk:
            height, width = frame.image.shape[:2]
            empty = FrameResult(frame.index, (width, height))
            for name, tool in tools.items():
                _counted(seconds, name, partial(tool.apply, frame.image, empty))
        count += len(chunk)
    return {
        "benchmark": "pipeline limit",
        "frames": count,
        "cpu_ms": {step: round(spent / count * 1000, 2) for step, spent in seconds.items()},
        "fps": round(cores() * count / sum(seconds.values()), 1),
    }


def _counted(seconds: dict[str, float], step: str, call: Callable[[], Result]) -> Result:
    begun = time.process_time()
    result = call()
    seconds[step] += time.process_time() - begun
    return result


def _by_hand(
    video: Path, pipeline_id: str, config: PipelineConfig, frames: int
) -> Measurement | None:
    """None for a pipeline without weights that PyTorch loads."""
    definition = load_definition(pipeline_id, config.definitions_dir)
    options = next((n.options for n in definition.nodes if hasattr(n.options, "weights")), None)
    if options is None or not options.weights.endswith(".pt"):
        return None
    weights = found_weights(options.weights, config)
    values = (video, weights, options.image_size, options.confidence, frames)
    environment = {
        **{name: value for name, value in os.environ.items() if name != "OMP_THREAD_LIMIT"},
        "YOLO_CONFIG_DIR": str(config.cache_dir / "vendors"),
        "YOLO_OFFLINE": "true",
    }
    done = subprocess.run(
        [sys.executable, "-m", "forgesyte.benchmarks.by_hand", *map(str, values)],
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return {"benchmark": "pipeline by hand", **json.loads(done.stdout.splitlines()[-1])}
