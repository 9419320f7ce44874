"""The committed videos: whole, small, and what their scripts make."""

from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from pipeline.samples import make_sample_mp4 as sample
from pipeline.service import VideoFilePipelineService
from pipeline.tests.fixtures import make_tiny_mp4 as tiny


def read_frames(path: Path, count: int | None = None) -> list[npt.NDArray[np.uint8]]:
    """Return the first `count` frames (all by default), (height, width, 3) uint8 BGR."""
    capture = cv2.VideoCapture(str(path))
    frames: list[npt.NDArray[np.uint8]] = []
    try:
        while count is None or len(frames) < count:
            ok, frame = capture.read()
            if not ok:
                break
            frames.append(np.asarray(frame, dtype=np.uint8))
    finally:
        capture.release()
    return frames


def mean_difference(first: npt.NDArray[np.uint8], second: npt.NDArray[np.uint8]) -> float:
    """Return the mean difference of two frames in levels 0-255."""
    return float(np.abs(first.astype(np.int16) - second.astype(np.int16)).mean())


def test_tiny_mp4_is_what_the_script_makes(tmp_path: Path) -> None:
    committed = read_frames(tiny.TINY_MP4)
    made = read_frames(tiny.make_tiny_mp4(tmp_path / "tiny.mp4"))
    assert len(committed) == len(made) == tiny.FRAMES
    assert committed[0].shape == made[0].shape == (240, 320, 3)
    assert all(mean_difference(*pair) < 2 for pair in zip(committed, made, strict=True))
    assert tiny.TINY_MP4.stat().st_size < 50_000


def test_tiny_mp4_moves() -> None:
    frames = read_frames(tiny.TINY_MP4)
    assert mean_difference(frames[0], frames[-1]) > 0.2


def test_make_tiny_mp4_takes_length_word_and_size(tmp_path: Path) -> None:
    path = tiny.make_tiny_mp4(tmp_path / "other.mp4", frames=5, word="OTHER", size=(160, 120))
    frames = read_frames(path)
    assert len(frames) == 5
    assert frames[0].shape == (120, 160, 3)


def test_make_tiny_mp4_says_that_it_cannot_write(tmp_path: Path) -> None:
    with pytest.raises(OSError, match=r"tiny\.mp4"):
        tiny.make_tiny_mp4(tmp_path / "missing" / "tiny.mp4")


def test_sample_is_whole_and_small() -> None:
    frames = read_frames(sample.SAMPLE_MP4)
    assert len(frames) == round(sample.SECONDS * sample.FPS)
    assert frames[0].shape == (720, 1280, 3)
    assert sample.SAMPLE_MP4.stat().st_size < 1_000_000


def test_sample_is_what_the_script_makes(tmp_path: Path) -> None:
    made = read_frames(sample.make_sample_mp4(tmp_path / "sample.mp4", seconds=0.25))
    committed = read_frames(sample.SAMPLE_MP4, len(made))
    assert len(made) == 3
    assert all(mean_difference(*pair) < 3 for pair in zip(committed, made, strict=True))


def test_every_word_of_the_sample_is_shown() -> None:
    times = np.arange(0, sample.SECONDS, 1 / sample.FPS)
    shown = {line for seconds in times for line in sample.lines_at(float(seconds))}
    assert shown == {sample.TITLE, *sample.SCOREBOARDS, *sample.CAPTIONS}
    words = {word for line in shown for word in line.split()}
    assert set(sample.WORDS) <= words


def test_every_line_of_the_sample_is_found_and_read(service: VideoFilePipelineService) -> None:
    read: set[str] = set()
    for item in service.run_on_file(sample.SAMPLE_MP4, "yolo_ocr", frame_stride=12):
        read |= set(item["result"]["text"].split())
        lines = sample.lines_at(item["frame_index"] / sample.FPS)
        confident = [found for found in item["result"]["detections"] if found["confidence"] >= 0.3]
        for line, (x, y) in zip(lines, _centres(lines), strict=True):
            assert any(_covers(found["bbox"], x, y) for found in confident), line
    assert set(sample.WORDS) <= read


def test_players_of_the_sample_are_no_text(service: VideoFilePipelineService) -> None:
    items = list(service.run_on_file(sample.SAMPLE_MP4, "yolo_ocr", frame_stride=6))
    boxes = [found["bbox"] for item in items for found in item["result"]["detections"]]
    false = [(x1, y1, x2, y2) for x1, y1, x2, y2 in boxes if x2 - x1 < 100]

    assert len(false) < len(items), "less than one of ten players in a frame"


def _centres(lines: tuple[str, ...]) -> list[tuple[float, float]]:
    middle = [sample.TITLE_Y] if len(lines) == 3 else []
    return [(sample.SIZE[0] / 2, y) for y in (sample.SCOREBOARD_Y, *middle, sample.CAPTION_Y)]


def _covers(bbox: list[float], x: float, y: float) -> bool:
    x1, y1, x2, y2 = bbox
    return x1 < x < x2 and y1 < y < y2
