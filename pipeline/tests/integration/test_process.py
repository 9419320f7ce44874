"""The child process, with real children, models, signals and deaths."""

import dataclasses
import json
import os
import signal
import subprocess
import sys
import textwrap
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType

import psutil
import pytest

from pipeline.child import Progress
from pipeline.config import PipelineConfig
from pipeline.exceptions import PipelineProcessDied, TruncatedVideo, UnknownPipeline
from pipeline.process import PipelineProcess
from pipeline.results import write_results
from pipeline.service import VideoFilePipelineService
from pipeline.tests.waiting import wait_until


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
    reached: list[Progress] = []
    summary = process.run(tiny_mp4, "yolo_ocr", tmp_path / "process.json", progress=reached.append)

    assert reached[0] == Progress(1, 12)
    with (tmp_path / "service.json").open("wb") as file:
        written = write_results(service.run_on_file(tiny_mp4, "yolo_ocr"), file)
    assert (summary.frames, summary.detections) == (written.frames, written.detections)
    assert (summary.unreadable, len(summary.times)) == (0, 12)
    content = (tmp_path / "process.json").read_bytes()
    assert content == (tmp_path / "service.json").read_bytes()
    assert summary.frames == len(json.loads(content)) == 12


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
    from pipeline.process import PipelineProcess

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
    root = Path(__file__).parents[3]
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
