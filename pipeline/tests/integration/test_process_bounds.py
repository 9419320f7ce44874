"""When the child is ready, and what a video may take in it."""

import dataclasses
import os
import resource
import signal
from functools import partial
from pathlib import Path

import psutil
import pytest

from pipeline.config import PipelineConfig
from pipeline.exceptions import PipelineError, PipelineProcessDied, PipelineUnavailable
from pipeline.process import MOST_EARLY_DEATHS, PipelineProcess
from pipeline.tests.video_files import write_video
from pipeline.tests.waiting import wait_until

# Enough to decode 4096 x 2160 pixels, and not for the frame as an array.
ROOM = 64 * 2**20


def test_ready_once_the_models_are_loaded(
    config: PipelineConfig, tiny_mp4: Path, tmp_path: Path
) -> None:
    with PipelineProcess(config) as process:
        assert process.wait_ready(0) is False
        pid = process.pid
        wait_until(lambda: process.wait_ready(0.1))
        assert process.run(tiny_mp4, "yolo_ocr", tmp_path / "a.json", max_frames=1).frames == 1
        assert process.wait_ready(0) is True
        assert process.pid == pid


def _is_zombie(process: psutil.Process) -> bool:
    return process.status() == psutil.STATUS_ZOMBIE


def test_children_that_die_while_they_load_are_replaced_and_in_the_end_told(
    config: PipelineConfig,
) -> None:
    with PipelineProcess(config) as process:
        pids = set()
        for _ in range(MOST_EARLY_DEATHS):
            assert process.wait_ready(0) is False
            assert process.pid is not None
            pids.add(process.pid)
            os.kill(process.pid, signal.SIGKILL)
            wait_until(partial(_is_zombie, psutil.Process(process.pid)))
            if len(pids) < MOST_EARLY_DEATHS:
                assert process.wait_ready(10) is False
        assert len(pids) == MOST_EARLY_DEATHS
        with pytest.raises(PipelineUnavailable, match=r"models cannot be loaded.* SIGKILL"):
            process.wait_ready(10)


def test_default_pipeline_that_cannot_be_loaded_is_told(config: PipelineConfig) -> None:
    with PipelineProcess(dataclasses.replace(config, device="cuda")) as process:
        with pytest.raises(PipelineUnavailable, match="The device is 'cuda'"):
            wait_until(lambda: process.wait_ready(0.1))
        with pytest.raises(PipelineUnavailable):
            process.wait_ready(0)


def test_decoder_that_brings_nothing_is_ended(
    config: PipelineConfig, tiny_mp4: Path, tmp_path: Path
) -> None:
    """Whoever opens a pipe to which nobody writes waits for ever."""
    stuck, results = tmp_path / "stuck.mp4", tmp_path / "results.json"
    os.mkfifo(stuck)
    with PipelineProcess(dataclasses.replace(config, silent_s=2.0)) as process:
        with pytest.raises(PipelineProcessDied, match="got stuck") as caught:
            process.run(stuck, "yolo_ocr", results)
        assert caught.value.signal_name == "SIGALRM"
        # The decoder rests while models are loaded, and a frame may take as long as it does.
        assert process.run(tiny_mp4, "yolo_ocr", results).frames == 12


def test_memory_of_a_child_is_bounded(
    process: PipelineProcess, config: PipelineConfig, tmp_path: Path
) -> None:
    process.start()
    wait_until(lambda: process.wait_ready(1))
    assert process.pid is not None
    bound = resource.prlimit(process.pid, resource.RLIMIT_DATA)[0]
    assert config.memory_bytes < bound < config.memory_bytes + 2 * 2**30
    assert Path(f"/proc/{process.pid}/oom_score_adj").read_text() == "500\n"


def test_video_that_takes_too_much_memory_is_told_so(
    config: PipelineConfig, tmp_path: Path
) -> None:
    large, results = write_video(tmp_path / "large.mp4", 2, (4096, 2160)), tmp_path / "results.json"
    with PipelineProcess(dataclasses.replace(config, memory_bytes=ROOM)) as process:
        wait_until(lambda: process.wait_ready(1))
        pid = process.pid
        with pytest.raises(PipelineError, match="not enough memory"):
            process.run(large, "yolo_ocr", results)
        assert process.wait_ready(0)
        assert process.pid == pid
