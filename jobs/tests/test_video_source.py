"""Frames of a video by their number."""

from __future__ import annotations

import random
import time
from pathlib import Path

import pytest

from jobs.pages.frames.source import TooFar, VideoSource, picture, video_facts
from jobs.tests.conftest import FIXTURES
from pipeline.config import PipelineConfig
from pipeline.exceptions import UnreadableVideo
from pipeline.tests.video_files import write_video
from pipeline.video import VideoReader

DATA = FIXTURES.parent / "data"


@pytest.fixture
def config(tmp_path: Path) -> PipelineConfig:
    return PipelineConfig(cache_dir=tmp_path / "cache")


def decoded(video: Path, config: PipelineConfig) -> list[bytes]:
    return [frame.tobytes() for _, frame in VideoReader(video, config).frames()]


@pytest.mark.parametrize(
    ("name", "sought"),
    [
        ("b_frames.mp4", True),
        ("trimmed.mp4", True),
        ("uneven.mp4", True),
        ("fragmented.mp4", False),
    ],
)
def test_picture_of_frame_n_is_frame_n(
    name: str, sought: bool, config: PipelineConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """B-frames, a part cut away, uneven spaces between frames, and an index that tells no times."""
    monkeypatch.setattr("jobs.pages.frames.source.NEAR", 3)
    expected = decoded(DATA / name, config)
    wanted = [*random.Random(1).sample(range(len(expected)), 15), len(expected) - 1, 0]
    source = VideoSource(DATA / name, config, len(expected))
    assert (source.clock() is not None) is sought

    for index in wanted:
        given = list(source.frames(index, {5, 9}, time.monotonic() + 60))
        assert given[-1][0] == index
        assert all(frame.tobytes() == expected[number] for number, frame in given)
    source.close()


def test_far_frames_are_sought(tmp_path: Path, config: PipelineConfig) -> None:
    video = write_video(tmp_path / "a.mp4", 600, (160, 90))
    source = VideoSource(video, config, 600)

    [(index, frame)] = source.frames(550, range(600), time.monotonic() + 60)

    assert index == 550
    assert int(frame.mean(axis=(0, 2)).argmin()) == 550 % 160
    source.close()


def test_frames_on_the_way_are_given(config: PipelineConfig) -> None:
    source = VideoSource(DATA / "b_frames.mp4", config, 50)

    given = [index for index, _ in source.frames(20, {3, 7, 30}, time.monotonic() + 60)]

    assert given == [3, 7, 20]
    source.close()


def test_times_of_another_number_of_frames_are_not_trusted(config: PipelineConfig) -> None:
    source = VideoSource(DATA / "b_frames.mp4", config, 49)

    assert source.clock() is None
    source.close()


def test_giving_up_keeps_the_place(config: PipelineConfig) -> None:
    video = DATA / "fragmented.mp4"
    source = VideoSource(video, config, 50)
    with pytest.raises(TooFar):
        list(source.frames(40, (), time.monotonic() - 1))

    given = list(source.frames(40, (), time.monotonic() + 60))

    assert given[-1][1].tobytes() == decoded(video, config)[40]
    source.close()


def test_frame_after_the_end(config: PipelineConfig) -> None:
    source = VideoSource(DATA / "b_frames.mp4", config, None)
    with pytest.raises(UnreadableVideo, match="ends before"):
        list(source.frames(50, (), time.monotonic() + 60))

    assert [index for index, _ in source.frames(2, (), time.monotonic() + 60)] == [2]
    source.close()


def test_facts(config: PipelineConfig) -> None:
    facts = video_facts(DATA / "b_frames.mp4", config, decode=True)

    assert {**facts, "clock": None} == {
        "width": 96,
        "height": 64,
        "frames": 50,
        "duration_s": 2.0,
        "codec": "avc1",
        "clock": None,
        "decodable": True,
    }
    assert facts["clock"][-1] == (49, 1.96)


def test_pictures_are_bounded_and_never_enlarged(config: PipelineConfig) -> None:
    import cv2
    import numpy as np

    def size(width: int, height: int, side: int) -> tuple[int, int]:
        content = picture(np.zeros((height, width, 3), dtype=np.uint8), side)
        image = cv2.imdecode(np.frombuffer(content, dtype=np.uint8), cv2.IMREAD_COLOR)
        assert image is not None
        height, width = image.shape[:2]
        return width, height

    assert size(1920, 1080, 320) == (320, 180)
    assert size(1080, 1920, 320) == (180, 320)
    assert size(96, 64, 320) == (96, 64)
    assert size(5000, 1, 320) == (320, 1)
