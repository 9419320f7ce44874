"""Frames per second of a pipeline, compared with a lower and an upper bound.

The lower one is a simple script (by_hand.py), the upper one decoding and detecting only, on the
same threads. All use the same frames, weights and image size.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from django.conf import settings

from forgesyte.benchmarks.figures import Measurement, cpu_seconds, peak_resident_mib
from pipeline.config import PipelineConfig
from pipeline.definitions import load_definition
from pipeline.detect.weights import found_weights
from pipeline.frame_pool import FramePool
from pipeline.process import PipelineProcess
from pipeline.service import VideoFilePipelineService, apply_tools
from pipeline.tools.base import FrameTool
from pipeline.vendor import frames_at_once
from pipeline.video.reader import VideoReader

TURNS = 3


class Subject(NamedTuple):
    """The subject of the measurement: the first `frames` frames of a video, and a pipeline."""

    video: Path
    pipeline_id: str
    config: PipelineConfig
    frames: int


class Run(NamedTuple):
    seconds: float
    cpu_seconds: float
    frames: int


def measure(options: dict[str, Any], folder: Path) -> Iterator[Measurement]:
    """Yield the figures of the pipeline, of the limit and of the script, and their ratios.

    Pipeline and limit take turns and the best run of each counts, because other load only slows
    them down. Raises PipelineError.
    """
    of = Subject(options["video"], options["pipeline"], settings.PIPELINE, options["frames"])
    outputs = [folder / f"{turn}.json" for turn in range(TURNS)]
    pool, tools = FramePool(frames_at_once()), _tools_alone(of)
    with PipelineProcess(of.config) as process:
        loading = _run(process, of, outputs[0], most=1)
        one_frame = min(_run(process, of, output, most=1) for output in outputs)
        turns = [
            (_run(process, of, output, of.frames), _limit(of, pool, tools)) for output in outputs
        ]
        assert process.pid is not None
        peak = peak_resident_mib(process.pid)
    runs, limits = zip(*turns, strict=True)
    run, limit = min(runs), min(limits)
    same = len({output.read_bytes() for output in outputs}) == 1
    yield {
        **_speed("pipeline", runs),
        "pipeline_id": of.pipeline_id,
        "load_s": round(loading.seconds, 1),
        "one_frame_ms": round(1000 * one_frame.seconds, 1),
        "peak_mib": round(peak, 1),
        "same_bytes": same,
        "ok": same,
    }
    yield _speed("pipeline limit", limits)
    ratios = {"to_limit": round(limit.seconds / run.seconds, 2)}
    if by_hand := _by_hand(of):
        yield by_hand
        ratios["to_by_hand"] = round(run.frames / run.seconds / by_hand["fps"], 1)
    yield {"benchmark": "pipeline ratios", **ratios}


def _speed(benchmark: str, runs: Sequence[Run]) -> Measurement:
    """The speed of the fastest run, and the least CPU time of all runs."""
    cpu_ms = 1000 * min(run.cpu_seconds for run in runs) / runs[0].frames
    fps = runs[0].frames / min(runs).seconds
    named = {"benchmark": benchmark, "frames": runs[0].frames}
    return {**named, "fps": round(fps, 1), "cpu_ms": round(cpu_ms, 2)}


def _run(process: PipelineProcess, of: Subject, output: Path, most: int) -> Run:
    """Run in a warm child process, as the worker does."""
    spent, begun = _cpu_seconds(process), time.perf_counter()
    summary = process.run(of.video, of.pipeline_id, output, max_frames=most)
    return Run(time.perf_counter() - begun, _cpu_seconds(process) - spent, summary.frames)


def _cpu_seconds(process: PipelineProcess) -> float:
    return cpu_seconds(process.pid) if process.pid else 0.0


def _tools_alone(of: Subject) -> list[FrameTool]:
    """The pipeline's tools that process single frames."""
    tools = VideoFilePipelineService(of.config).tools(of.pipeline_id)
    return [tool for tool in tools if isinstance(tool, FrameTool)]


def _limit(of: Subject, pool: FramePool, tools: list[FrameTool]) -> Run:
    """Run decoding and these tools only."""
    spent, begun = time.process_time(), time.perf_counter()
    with closing(VideoReader(of.video, of.config).frames()) as frames:
        count = sum(1 for _ in pool.run(islice(frames, of.frames), partial(apply_tools, tools)))
    return Run(time.perf_counter() - begun, time.process_time() - spent, count)


def _by_hand(of: Subject) -> Measurement | None:
    """Run the script; None for a pipeline without PyTorch weights."""
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
