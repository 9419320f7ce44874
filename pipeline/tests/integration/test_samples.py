"""The committed videos: whole, small, and read."""

from pathlib import Path

import numpy as np

from pipeline import samples as sample
from pipeline.config import PipelineConfig
from pipeline.service import VideoFilePipelineService
from pipeline.tests.fixtures import make_tiny_mp4 as tiny
from pipeline.video.frame import Image
from pipeline.video.reader import VideoReader

SCOREBOARD_Y, TITLE_Y, CAPTION_Y, TITLE_FRAMES = 54, 360, 664, 20


def frames_of(path: Path, config: PipelineConfig) -> list[Image]:
    return [frame.image for frame in VideoReader(path, config).frames()]


def difference(first: Image, second: Image) -> float:
    return float(np.abs(first.astype(np.int16) - second.astype(np.int16)).mean())


def test_tiny_mp4_is_what_the_script_makes(tmp_path: Path, config: PipelineConfig) -> None:
    committed = frames_of(tiny.TINY_MP4, config)
    made = frames_of(tiny.make_tiny_mp4(tmp_path / "tiny.mp4"), config)
    assert len(committed) == len(made) == tiny.FRAMES
    assert committed[0].shape == made[0].shape == (240, 320, 3)
    assert all(difference(*pair) < 2 for pair in zip(committed, made, strict=True))
    assert difference(committed[0], committed[-1]) > 0.2
    assert tiny.TINY_MP4.stat().st_size < 50_000


def test_sample_is_whole_and_small(config: PipelineConfig) -> None:
    frames = frames_of(sample.SAMPLE_MP4, config)
    assert len(frames) == sample.FRAMES
    assert frames[0].shape[1::-1] == sample.SIZE
    assert sample.SAMPLE_MP4.stat().st_size < 1_000_000


def test_lines_of_the_sample_are_found_and_read_and_players_are_not(
    service: VideoFilePipelineService,
) -> None:
    read: set[str] = set()
    items = list(service.run_on_file(sample.SAMPLE_MP4, "yolo_ocr", frame_stride=6))
    for item in items:
        read |= set(item["result"]["text"].split())
        title = [TITLE_Y] if item["frame_index"] < TITLE_FRAMES else []
        confident = [found for found in item["result"]["detections"] if found["confidence"] >= 0.3]
        for y in (SCOREBOARD_Y, *title, CAPTION_Y):
            assert any(_covers(found["bbox"], sample.SIZE[0] / 2, y) for found in confident), y
    assert set(sample.WORDS) <= read
    boxes = [found["bbox"] for item in items for found in item["result"]["detections"]]
    players = [(x1, y1, x2, y2) for x1, y1, x2, y2 in boxes if x2 - x1 < 100]
    assert len(players) < len(items), "less than one of ten players in a frame"


def _covers(bbox: list[float], x: float, y: float) -> bool:
    x1, y1, x2, y2 = bbox
    return x1 < x < x2 and y1 < y < y2
