"""The process that reads videos and results for pages, and what hostile files do to it."""

from __future__ import annotations

import dataclasses
import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from jobs.pages.frames import child, process
from jobs.pages.frames.process import (
    Busy,
    NotReadable,
    ReaderDied,
    ReaderHung,
    ReadingProcess,
)
from jobs.tests.confined_process import use_too_much
from jobs.tests.conftest import FIXTURES
from pipeline.config import PipelineConfig
from pipeline.tests.video_files import without_samples, write_video

TINY = FIXTURES / "tiny.mp4"
SAMPLE = FIXTURES.parents[1] / "samples" / "sample.mp4"


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> PipelineConfig:
    return PipelineConfig(cache_dir=tmp_path_factory.mktemp("cache"))


@pytest.fixture(scope="module")
def reader(config: PipelineConfig) -> Iterator[ReadingProcess]:
    reader = ReadingProcess(config)
    yield reader
    reader.stop()


def request(video: Path = TINY, index: int = 3) -> dict[str, Any]:
    return {
        "kind": "picture",
        "video": str(video),
        "times": "/dev/null",
        "pixel_aspect": 1.0,
        "index": index,
        "side": 320,
        "passing": [1],
        "seconds": 30.0,
    }


def pictures(reader: ReadingProcess, asked: dict[str, Any]) -> list[int]:
    taken: dict[int, bytes] = {}
    with reader.turn():
        reader.ask(asked, taken.__setitem__)
    assert all(content.startswith(b"\xff\xd8") for content in taken.values())
    return list(taken)


def test_pictures_come_from_one_process_that_stays(reader: ReadingProcess) -> None:
    assert pictures(reader, request()) == [1, 3]
    pid = reader.pid
    assert pictures(reader, request(index=5)) == [5]
    assert reader.pid == pid


@pytest.mark.parametrize("fault", [signal.SIGSEGV, signal.SIGKILL, signal.SIGSTOP])
def test_crash_or_hang_ends_that_process_alone(config: PipelineConfig, fault: int) -> None:
    reader = ReadingProcess(config, deadline_s=2.0 if fault == signal.SIGSTOP else 60.0)

    # More than the connection holds, so the process is still at it when the first picture is here.
    long_request = {**request(SAMPLE, index=12), "passing": list(range(12)), "side": 1280}

    def strike(index: int, content: bytes) -> None:
        assert reader.pid is not None
        os.kill(reader.pid, fault)

    with pytest.raises(ReaderDied) as caught, reader.turn():
        reader.ask(long_request, strike)

    if fault != signal.SIGSTOP:
        assert not isinstance(caught.value, ReaderHung)

    assert reader.pid is None
    reader._deadline_s = 60.0
    assert pictures(reader, request()) == [1, 3]
    reader.stop()


@pytest.mark.parametrize("kind", ["bomb", "holes", "cut", "no video", "missing"])
def test_damaged_videos_are_refused_and_the_process_stays(
    kind: str, reader: ReadingProcess, tmp_path: Path
) -> None:
    video = tmp_path / "video.mp4"
    if kind == "bomb":
        write_video(video.with_suffix(".mov"), 3, (160, 96), "rawvideo", "rgb24")
        raw = video.with_suffix(".mov").read_bytes().replace(b"ftypqt  ", b"ftypisom")
        huge = (16_000).to_bytes(2, "big") * 2
        video.write_bytes(raw.replace(bytes([0, 160, 0, 96]), huge))
    elif kind == "holes":
        without_samples(TINY, video, 0.0, 1.0)
    elif kind == "cut":
        video.write_bytes(TINY.read_bytes()[:2000])
    elif kind == "no video":
        video.write_bytes(b"\0\0\0\x18ftypisom" + bytes(5000))
    with pytest.raises(NotReadable) as caught:
        pictures(reader, request(video))

    assert not isinstance(caught.value, ReaderDied)
    assert str(tmp_path) not in str(caught.value)
    assert pictures(reader, request()) == [1, 3]


def test_frame_too_far_may_be_asked_for_later(reader: ReadingProcess) -> None:
    with pytest.raises(process.Later):
        pictures(reader, {**request(index=8), "seconds": -1.0})

    assert pictures(reader, request(index=8))[-1] == 8


def test_too_many_requests_at_a_time(config: PipelineConfig) -> None:
    reader = ReadingProcess(config, deadline_s=0.05, places=2)
    with reader.turn():
        refused: list[Exception] = []

        def wait() -> None:
            try:
                with reader.turn():
                    raise AssertionError("it was nobody else's turn")
            except Busy as error:
                refused.append(error)

        threads = [threading.Thread(target=wait) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(refused) == 3
    with reader.turn():
        pass


def test_process_that_is_about_to_end_by_itself_is_not_asked(
    config: PipelineConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = ReadingProcess(config)
    assert pictures(reader, request()) == [1, 3]
    pid = reader.pid
    monkeypatch.setattr(process, "REUSE_S", 0.0)

    assert pictures(reader, request()) == [1, 3]

    assert reader.pid != pid
    reader.stop()


def test_limits_of_this_installation_hold(config: PipelineConfig) -> None:
    reader = ReadingProcess(dataclasses.replace(config, max_pixels=1000))
    with pytest.raises(NotReadable, match="the limit is 1000 pixels"):
        pictures(reader, request())
    reader.stop()


def test_unknown_errors_tell_nothing_of_the_machine(config: PipelineConfig) -> None:
    [(answer, content)] = child.Reader(config).answers({"kind": "facts", "video": None})

    assert answer == {"error": "This cannot be read. The log of the server says why."}
    assert content is None


def test_kernel_bounds_the_process(tmp_path: Path) -> None:
    """Memory and disk are refused; what runs in circles is ended."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    confined = context.Process(target=use_too_much, args=(theirs, tmp_path / "file"))
    confined.start()
    theirs.close()
    confined.join(60)

    assert (ours.recv(), ours.recv()) == ("no memory", "no disk")
    assert confined.exitcode == -signal.SIGXCPU
    ours.close()
