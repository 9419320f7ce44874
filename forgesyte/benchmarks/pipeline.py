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
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from django.conf import settings

from forgesyte.benchmarks.figures import Measurement, cores, cpu_seconds, peak_resident_mib
from pipeline.config import PipelineConfig
from pipeline.definitions import load_definition
from pipeline.detect.weights import found_weights
from pipeline.process import PipelineProcess
from pipeline.results import FrameResult
from pipeline.service import VideoFilePipelineService
from pipeline.tools.base import FrameTool
from pipeline.video.reader import VideoReader

CHUNK = 16  # frames that the limit keeps in memory at a time


class Subject(NamedTuple):
    """What is measured: the first `frames` frames of a video, read by a pipeline."""

    video: Path
    pipeline_id: str
    config: PipelineConfig
    frames: int


def measure(options: dict[str, Any], folder: Path) -> Iterator[Measurement]:
    """Ours, the limit, by hand, and the ratios. Raises PipelineError."""
    of = Subject(options["video"], options["pipeline"], settings.PIPELINE, options["frames"])
    run, limit = _ours(of, folder), _limit(of)
    yield from (run, limit)
    by_hand = _by_hand(of)
    ratios = {"to_limit": round(run["fps"] / limit["fps"], 2)}
    if by_hand:
        yield by_hand
        ratios["to_by_hand"] = round(run["fps"] / by_hand["fps"], 1)
    yield {"benchmark": "pipeline ratios", **ratios}


def _ours(of: Subject, folder: Path) -> Measurement:
    """Two runs in a warm child, as the worker does it."""
    outputs = [folder / "first.json", folder / "second.json"]
    with PipelineProcess(of.config) as process:

        def run(output: Path, most: int) -> tuple[float, int]:
            begun = time.perf_counter()
            summary = process.run(of.video, of.pipeline_id, output, max_frames=most)
            return time.perf_counter() - begun, summary.frames

        load_s, _ = run(outputs[0], 1)
        one_frame_s, _ = run(outputs[0], 1)
        assert process.pid is not None
        spent_s = cpu_seconds(process.pid)
        run_s, count = run(outputs[0], of.frames)
        spent_s = cpu_seconds(process.pid) - spent_s
        run(outputs[1], of.frames)
        peak = peak_resident_mib(process.pid)
    same = outputs[0].read_bytes() == outputs[1].read_bytes()
    figures = {"fps": count / run_s, "load_s": load_s, "one_frame_ms": 1000 * one_frame_s}
    figures |= {"cpu_ms": 1000 * spent_s / count, "peak_mib": peak}
    rounded = {name: round(value, 1 + (name == "cpu_ms")) for name, value in figures.items()}
    named = {"benchmark": "pipeline", "pipeline_id": of.pipeline_id, "frames": count}
    return {**named, **rounded, "same_bytes": same, "ok": same}


def _limit(of: Subject) -> Measurement:
    """CPU time of decoding and of each tool that sees one frame at a time, nothing beside it."""
    service = VideoFilePipelineService(of.config)
    service.warm_up(of.pipeline_id)
    definition = load_definition(of.pipeline_id, of.config.definitions_dir)
    named = zip(definition.nodes, service.tools(of.pipeline_id), strict=True)
    tools = {node.id: tool for node, tool in named if isinstance(tool, FrameTool)}
    seconds = dict.fromkeys(("decode", *tools), 0.0)
    frames = islice(VideoReader(of.video, of.config).frames(), of.frames)
    count, ended = 0, False
    while not ended:
        with _counted(seconds, "decode"):
            chunk = list(islice(frames, CHUNK))
        for frame in chunk:
            height, width = frame.image.shape[:2]
            empty = FrameResult(frame.index, (width, height))
            for name, tool in tools.items():
                with _counted(seconds, name):
                    tool.apply(frame.image, empty)
        count, ended = count + len(chunk), not chunk
    return {
        "benchmark": "pipeline limit",
        "frames": count,
        "cpu_ms": {step: round(spent / count * 1000, 2) for step, spent in seconds.items()},
        "fps": round(cores() * count / sum(seconds.values()), 1),
    }


@contextmanager
def _counted(seconds: dict[str, float], step: str) -> Iterator[None]:
    begun = time.process_time()
    yield
    seconds[step] += time.process_time() - begun


def _by_hand(of: Subject) -> Measurement | None:
    """None for a pipeline without weights that PyTorch loads."""
    definition = load_definition(of.pipeline_id, of.config.definitions_dir)
    options = next((n.options for n in definition.nodes if hasattr(n.options, "weights")), None)
    if options is None or not options.weights.endswith(".pt"):
        return None
    weights = found_weights(options.weights, of.config)
    values = (of.video, weights, options.image_size, options.confidence, of.frames)
    cache = str(of.config.cache_dir / "vendors")
    environment = {**os.environ, "YOLO_CONFIG_DIR": cache, "YOLO_OFFLINE": "true"}
    environment.pop("OMP_THREAD_LIMIT", None)
    command = [sys.executable, "-m", "forgesyte.benchmarks.by_hand", *map(str, values)]
    output = subprocess.check_output(command, env=environment)
    return {"benchmark": "pipeline by hand", **json.loads(output.splitlines()[-1])}
