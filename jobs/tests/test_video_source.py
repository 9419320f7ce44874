"""Frames of a video by their number."""

from __future__ import annotations

import random
import time
from array import array
from contextlib import suppress
from pathlib import Path

import pytest

from jobs.pages.frames.facts import ShownVideo
from jobs.pages.frames.source import TooFar, VideoSource, picture, video_facts
from jobs.tests.conftest import FIXTURES
from pipeline.config import PipelineConfig
from pipeline.exceptions import UnreadableVideo
from pipeline.tests.video_files import with_matrix, without_samples, write_video
from pipeline.video.facts import VideoFacts
from pipeline.video.reader import VideoReader

DATA = FIXTURES.parent / "data"


@pytest.fixture
def config(tmp_path: Path) -> PipelineConfig:
    return PipelineConfig(cache_dir=tmp_path / "cache")


def decoded(video: Path, config: PipelineConfig) -> list[bytes]:
    return [frame.image.tobytes() for frame in VideoReader(video, config).frames()]


def times_of(video: Path, config: PipelineConfig) -> array[float]:
    reader = VideoReader(video, config)
    for _ in reader.frames():
        pass
    return reader.times


@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize(
    "name",
    [
        "b_frames",
        "trimmed",
        "uneven",
        "fragmented",
        "vfr_pause",
        "opengop_cut_noeditlist",
        "bad_middle",
        "bad_first",
        "mediarecorder_av1",
        "interlaced_h264",
        "size_changes",
    ],
)
def test_picture_of_frame_n_is_frame_n(
    name: str, known: bool, config: PipelineConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether its time is known and sought, or not."""
    monkeypatch.setattr("jobs.pages.frames.source.NEAR", 3)
    video = DATA / f"{name}.mp4"
    expected = decoded(video, config)
    wanted = [*random.Random(1).sample(range(len(expected)), 9), len(expected) - 1, 0]
    source = VideoSource(video, config, times_of(video, config) if known else array("d"))

    for index in wanted:
        given = list(source.frames(index, {5, 9}, time.monotonic() + 60))
        assert given[-1][0] == index
        assert all(frame.tobytes() == expected[number] for number, frame in given)
    source.close()


def test_no_picture_shows_the_video_before(config: PipelineConfig, tmp_path: Path) -> None:
    """In one process, as the pages read them: the second is grey, interlaced, and once damaged."""
    secret = DATA / "leak_a.mp4"
    grey = DATA / "leak_b_interlaced.mp4"
    for video in (grey, without_samples(grey, tmp_path / "holes.mp4", 0.5, 0.9)):
        shown = VideoSource(secret, config, array("d"))
        assert (
            max(frame.std() for _, frame in shown.frames(19, range(19), time.monotonic() + 60)) > 30
        )
        shown.close()
        source = VideoSource(video, config, array("d"))
        with suppress(UnreadableVideo):  # of the damaged one there may be nothing
            given = source.frames(6, range(6), time.monotonic() + 60)
            assert all(frame.std() < 5 for _, frame in given)
        source.close()


def test_far_frames_are_sought(tmp_path: Path, config: PipelineConfig) -> None:
    video = write_video(tmp_path / "a.mp4", 600, (160, 90))
    source = VideoSource(video, config, times_of(video, config))

    [(index, frame)] = source.frames(550, range(500), time.monotonic() + 60)

    assert index == 550
    assert int(frame.mean(axis=(0, 2)).argmin()) == 550 % 160
    source.close()


def test_frames_on_the_way_are_given(config: PipelineConfig) -> None:
    source = VideoSource(DATA / "b_frames.mp4", config, array("d"))

    given = [index for index, _ in source.frames(20, {3, 7, 30}, time.monotonic() + 60)]

    assert given == [3, 7, 20]
    source.close()


def test_giving_up_keeps_the_place(config: PipelineConfig) -> None:
    video = DATA / "fragmented.mp4"
    source = VideoSource(video, config, array("d"))
    with pytest.raises(TooFar):
        list(source.frames(40, (), time.monotonic() - 1))

    given = list(source.frames(40, (), time.monotonic() + 60))

    assert given[-1][1].tobytes() == decoded(video, config)[40]
    source.close()


def test_frame_after_the_end(config: PipelineConfig) -> None:
    source = VideoSource(DATA / "b_frames.mp4", config, array("d"))
    with pytest.raises(UnreadableVideo, match="ends before"):
        list(source.frames(50, (), time.monotonic() + 60))

    assert [index for index, _ in source.frames(2, (), time.monotonic() + 60)] == [2]
    source.close()


def test_facts_of_a_video_without_a_record(tmp_path: Path, config: PipelineConfig) -> None:
    """As the file says; with a look at the first frame, as a player shows it."""
    turned = with_matrix(DATA / "b_frames.mp4", tmp_path / "a.mp4", 0, 1, -1, 0)

    assert video_facts(turned, config, decode=False) == VideoFacts(
        ((0, 96, 64),), 1.0, 50, 2.0, "h264"
    )
    assert video_facts(turned, config, decode=True) == VideoFacts(
        ((0, 64, 96),), 1.0, 50, 2.0, "h264"
    )


def test_a_second_on_is_a_second_of_the_video(config: PipelineConfig) -> None:
    """Frames 0 to 99 take 3.3 s, then nothing changes for a minute."""
    reader = VideoReader(DATA / "vfr_pause.mp4", config)
    for _ in reader.frames():
        pass
    video = ShownVideo(reader.facts, True, reader.times)

    assert video.seconds(100) == pytest.approx(63.33, abs=0.01)
    assert video.frame_after(0, 1.0) == 30
    assert video.frame_after(30, -1.0) == 0
    assert video.frame_after(99, 1.0) == 100
    assert video.frame_after(100, -1.0) == 99
    assert video.seconds(1002) == pytest.approx(93.4, abs=0.01)


def test_a_second_on_in_a_slow_video_is_the_next_frame(config: PipelineConfig) -> None:
    reader = VideoReader(DATA / "one_frame_in_10s.mp4", config)
    for _ in reader.frames():
        pass

    assert ShownVideo(reader.facts, True, reader.times).frame_after(2, 1.0) == 3


def test_times_are_even_where_they_are_not_known() -> None:
    video = ShownVideo(VideoFacts(((0, 64, 64),), 1.0, 50, 2.0, "h264"), True)

    assert video.seconds(25) == 1.0
    assert video.frame_after(25, 0.5) == 38
    assert ShownVideo(VideoFacts(((0, 64, 64),), 1.0, 0, 0.0, "h264"), True).seconds(3) is None


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


def test_pixels_are_made_square(config: PipelineConfig) -> None:
    import cv2
    import numpy as np

    image = next(VideoReader(DATA / "sar_2to1.mp4", config).frames()).image
    content = picture(image, 1280, pixel_aspect=2.0)

    shown = cv2.imdecode(np.frombuffer(content, dtype=np.uint8), cv2.IMREAD_COLOR)
    assert shown is not None
    assert shown.shape == (360, 640, 3)
