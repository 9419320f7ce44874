"""Videos with what was found drawn on them."""

from fractions import Fraction
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from pipeline.annotate import annotate
from pipeline.config import PipelineConfig
from pipeline.exceptions import UnreadableVideo
from pipeline.video.reader import VideoReader

DATA = Path(__file__).parents[1] / "data"
CONFIG = PipelineConfig(cache_dir=Path())
BOX = {"bbox": [40.0, 80.0, 120.0, 100.0], "class": "text", "confidence": 0.9}


def items(count: int, text: str = "", *boxes: dict[str, Any]) -> list[dict[str, Any]]:
    result = {"detections": list(boxes), "text": text}
    return [{"frame_index": index, "result": result} for index in range(count)]


def drawn(video: Path, found: list[dict[str, Any]], lines: int = 0) -> BytesIO:
    file = BytesIO()
    annotate(VideoReader(video, CONFIG), found, lines, file, lambda: None)
    file.seek(0)
    return file


def pictures(file: BytesIO) -> list[np.ndarray[Any, Any]]:
    with av.open(file, "r") as container:
        return [frame.to_ndarray(format="bgr24") for frame in container.decode(video=0)]


@pytest.mark.parametrize("name", ["b_frames", "mirrored_matrix", "one_frame_in_10s", "sar_2to1"])
def test_frames_are_shown_as_in_the_video(name: str) -> None:
    reader = VideoReader(DATA / f"{name}.mp4", CONFIG)
    frames = [frame.image for frame in reader.frames()]
    facts, times = reader.facts, reader.times

    file = drawn(DATA / f"{name}.mp4", items(len(frames)))

    with av.open(file, "r") as container:
        (stream,) = container.streams.video
        assert stream.codec.name == "h264"
        assert stream.codec_context.pix_fmt == "yuv420p"
        assert (stream.sample_aspect_ratio or 1) == Fraction(facts.pixel_aspect)
        shown = list(container.decode(stream))
        assert (container.duration or 0) / av.time_base == pytest.approx(facts.duration_s, abs=0.01)
    began = [frame.time for frame in shown]
    assert began == pytest.approx([time - times[0] for time in times], abs=1e-3)
    for before, after in zip(frames, shown, strict=True):
        picture = after.to_ndarray(format="bgr24")[: before.shape[0], : before.shape[1]]
        assert np.abs(picture.astype(int) - before).mean() < 6


def test_text_stands_below_the_picture_and_boxes_leave_it_free(tiny_mp4: Path) -> None:
    before = pictures(drawn(tiny_mp4, items(1), 2))[0]
    after = pictures(drawn(tiny_mp4, items(1, "FORGE 42\nDÉJÀ VU", BOX), 2))[0]
    assert before.shape == after.shape
    assert before.shape[0] > 240 and before.shape[1] == 320
    changed = np.abs(after.astype(int) - before).max(axis=2) > 60
    assert changed[240:].any(), "the text below the picture"
    assert not changed[84:96, 44:116].any(), "what the box holds"
    assert changed[78:80, 40:120].any(), "the box"


def test_each_item_counts_until_the_next(tiny_mp4: Path) -> None:
    found = items(5, "", BOX)[::4]
    found[1]["result"] = {"detections": [], "text": ""}
    edges = [picture[78:80, 50:110].mean() for picture in pictures(drawn(tiny_mp4, found))]
    changes = [abs(one - two) > 10 for one, two in pairwise(edges)]
    assert changes == [False, False, False, True]


def test_sizes_that_change() -> None:
    reader = VideoReader(DATA / "size_changes.mp4", CONFIG)
    count = sum(1 for _ in reader.frames())
    assert len(pictures(drawn(DATA / "size_changes.mp4", items(count)))) == count


def test_a_video_that_breaks_off(tiny_mp4: Path, tmp_path: Path) -> None:
    cut = tmp_path / "cut.mp4"
    cut.write_bytes(tiny_mp4.read_bytes()[:4000])
    with pytest.raises(UnreadableVideo):
        drawn(cut, items(1))
