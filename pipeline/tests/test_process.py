"""The child process, with real children, models, signals and deaths."""

import dataclasses
import json
import os
import resource
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType

import psutil
import pytest

from pipeline.config import PipelineConfig
from pipeline.exceptions import PipelineError, PipelineProcessDied, TruncatedVideo, UnknownPipeline
from pipeline.process import MOST_EARLY_DEATHS, PipelineProcess
from pipeline.results import write_results
from pipeline.service import VideoFilePipelineService
from pipeline.tests.video_files import write_video

# Enough to decode 4096 x 2160 pixels, and not for the frame as an array.
ROOM = 64 * 2**20


def wait_until(condition: Callable[[], object], seconds: float = 120.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "the condition did not come true"
        time.sleep(0.01)


@pytest.fixture
def once_running(tmp_path: Path) -> Iterator[Callable[[Callable[[], None]], Path]]:
    """Do something as soon as the child has written the first results; returns their path."""
    results = tmp_path / "results.json"
    threads: list[threading.Thread] = []

    def arrange(action: Callable[[], None]) -> Path:
        def watch() -> None:
            wait_until(lambda: results.exists() and results.stat().st_size > 0)
            action()

        threads.append(threading.Thread(target=watch))
        threads[0].start()
        return results

    yield arrange
    for thread in threads:
        thread.join()


def test_same_bytes_as_the_service(
    process: PipelineProcess, service: VideoFilePipelineService, tiny_mp4: Path, tmp_path: Path
) -> None:
    summary = process.run(tiny_mp4, "yolo_ocr", tmp_path / "process.json")

    with (tmp_path / "service.json").open("wb") as file:
        assert summary == write_results(service.run_on_file(tiny_mp4, "yolo_ocr"), file)
    content = (tmp_path / "process.json").read_bytes()
    assert content == (tmp_path / "service.json").read_bytes()
    assert summary.frames == len(json.loads(content)) == 12


def test_one_child_serves_many_runs(
    process: PipelineProcess, tiny_mp4: Path, tmp_path: Path
) -> None:
    process.start()
    pid = process.pid
    for number in range(2):
        process.run(tiny_mp4, "yolo_ocr", tmp_path / f"{number}.json", max_frames=1)

    assert process.pid == pid


def test_error_of_the_run_comes_through_and_leaves_nothing(
    process: PipelineProcess, tiny_mp4: Path, tmp_path: Path
) -> None:
    process.start()
    pid = process.pid
    cut, results = tmp_path / "cut.mp4", tmp_path / "results.json"
    cut.write_bytes(tiny_mp4.read_bytes()[:5000])

    with pytest.raises(TruncatedVideo):
        process.run(cut, "yolo_ocr", results)
    assert not results.exists()
    with pytest.raises(UnknownPipeline, match="Known pipelines: "):
        process.run(tiny_mp4, "nope", results)
    assert not results.exists()
    assert process.pid == pid


def test_unexpected_error_is_safe_to_show(
    process: PipelineProcess, tiny_mp4: Path, tmp_path: Path
) -> None:
    results = tmp_path / "no such folder" / "results.json"

    with pytest.raises(Exception, match=r"could not be written: No such file") as caught:
        process.run(tiny_mp4, "yolo_ocr", results)

    assert str(tmp_path) not in str(caught.value)


def test_child_leaves_stop_signals_to_its_parent(
    process: PipelineProcess, tiny_mp4: Path, tmp_path: Path
) -> None:
    process.start()
    pid = process.pid
    assert pid is not None
    os.kill(pid, signal.SIGINT)
    os.kill(pid, signal.SIGTERM)

    assert process.run(tiny_mp4, "yolo_ocr", tmp_path / "a.json", max_frames=1).frames == 1
    assert process.pid == pid


def test_killed_child_names_the_signal_and_the_next_run_works(
    process: PipelineProcess,
    long_mp4: Path,
    tiny_mp4: Path,
    once_running: Callable[[Callable[[], None]], Path],
) -> None:
    process.start()
    pid = process.pid
    assert pid is not None
    results = once_running(lambda: os.kill(pid, signal.SIGKILL))

    with pytest.raises(PipelineProcessDied, match="SIGKILL") as caught:
        process.run(long_mp4, "yolo_ocr", results)

    assert (caught.value.signal_name, caught.value.exit_code) == ("SIGKILL", None)
    assert not results.exists()
    assert process.run(tiny_mp4, "yolo_ocr", results, max_frames=1).frames == 1
    assert process.pid != pid


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
            assert process.wait_ready(10) is (len(pids) == MOST_EARLY_DEATHS)
        assert len(pids) == MOST_EARLY_DEATHS


def test_decoder_that_brings_nothing_is_ended(
    config: PipelineConfig, tiny_mp4: Path, tmp_path: Path
) -> None:
    """Whoever opens a pipe to which nobody writes waits for ever."""
    stuck, results = tmp_path / "stuck.mp4", tmp_path / "results.json"
    os.mkfifo(stuck)
    with PipelineProcess(dataclasses.replace(config, silent_s=1.0)) as process:
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


class Stop(OSError):
    """Of the kind that a pipe raises whose other end is gone, which must not be taken for it."""


def test_exception_of_a_signal_handler_passes_through_at_once(
    process: PipelineProcess, long_mp4: Path, once_running: Callable[[Callable[[], None]], Path]
) -> None:
    def stop(number: int, frame: FrameType | None) -> None:
        raise Stop

    previous = signal.signal(signal.SIGUSR1, stop)
    process.start()
    pid = process.pid
    assert pid is not None
    results = once_running(lambda: os.kill(os.getpid(), signal.SIGUSR1))
    try:
        with pytest.raises(Stop):
            process.run(long_mp4, "yolo_ocr", results)
    finally:
        signal.signal(signal.SIGUSR1, previous)

    assert not results.exists()
    assert not psutil.pid_exists(pid)
    assert process.pid is None


def test_stop_is_idempotent_and_works_on_a_child_that_just_starts(config: PipelineConfig) -> None:
    process = PipelineProcess(config)
    process.stop()
    process.start()
    pid = process.pid
    assert pid is not None

    process.stop()
    process.stop()

    assert process.pid is None
    assert not psutil.pid_exists(pid)


PARENT = """
    import sys, time
    from pathlib import Path
    from pipeline.config import PipelineConfig
    from pipeline.process import MOST_EARLY_DEATHS, PipelineProcess

    if __name__ == "__main__":
        cache, video, results = map(Path, sys.argv[1:])
        process = PipelineProcess(PipelineConfig(cache_dir=cache, device="cpu"))
        process.start()
        sys.stderr.write(f"child {process.pid}\\n")
        process.run(video, "yolo_ocr", results)
"""


def test_child_dies_with_its_parent(config: PipelineConfig, long_mp4: Path, tmp_path: Path) -> None:
    """kill -9 of the parent. Meanwhile: nothing on its stdout, and nothing in the user's home."""
    home, results = tmp_path / "home", tmp_path / "results.json"
    home.mkdir()
    script = tmp_path / "parent.py"
    script.write_text(textwrap.dedent(PARENT))
    root = Path(__file__).parents[2]
    parent = subprocess.Popen(
        [sys.executable, script, config.cache_dir, long_mp4, results],
        env={**os.environ, "HOME": str(home), "PYTHONPATH": str(root)},
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert parent.stdout and parent.stderr
    with parent, parent.stdout, parent.stderr:
        child = psutil.Process(int(parent.stderr.readline().split()[1]))
        wait_until(lambda: results.exists() and results.stat().st_size > 1)
        assert child.is_running()
        parent.kill()
        wait_until(lambda: not child.is_running() or child.status() == psutil.STATUS_ZOMBIE)
        assert parent.stdout.read() == ""
    assert list(home.rglob("*")) == []
    assert sorted(path.name for path in tmp_path.iterdir()) == ["home", "parent.py", "results.json"]


def test_warm_up_that_fails_is_not_fatal_nor_is_the_end_of_the_starting_thread(
    config: PipelineConfig, tiny_mp4: Path, tmp_path: Path
) -> None:
    with PipelineProcess(dataclasses.replace(config, definitions_dir=tmp_path)) as process:
        starter = threading.Thread(target=process.start)
        starter.start()
        starter.join()
        pid = process.pid
        with pytest.raises(UnknownPipeline):
            process.run(tiny_mp4, "yolo_ocr", tmp_path / "results.json")
        assert process.pid == pid
