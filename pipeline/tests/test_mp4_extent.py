from pathlib import Path

import pytest

from pipeline.config import PipelineConfig
from pipeline.exceptions import UnreadableVideo
from pipeline.mp4_boxes import BoxReader
from pipeline.mp4_extent import declared_bytes
from pipeline.tests.video_files import TINY_MP4, boxes, patched
from pipeline.video import VideoReader

DATA = Path(__file__).parent / "data"


def declared(path: Path) -> int:
    with BoxReader(path) as reader:
        found = list(reader.top_level())
        (moov,) = (box for box in found if box.kind == b"moov")
        return declared_bytes(reader, moov, [box for box in found if box.kind == b"moof"])


@pytest.mark.parametrize(
    "path",
    [TINY_MP4, *(DATA / f"{name}.mp4" for name in ("b_frames", "uneven", "fragmented"))],
    ids=lambda path: path.stem,
)
def test_samples_fill_the_data_box(path: Path) -> None:
    with BoxReader(path) as reader:
        data = [box.end - box.payload for box in reader.top_level() if box.kind == b"mdat"]
    assert declared(path) == sum(data)


def test_samples_of_one_size(tmp_path: Path) -> None:
    at = TINY_MP4.read_bytes().index(b"stsz") + 8
    video = patched(TINY_MP4, tmp_path / "a.mp4", at, (1000).to_bytes(4, "big"))
    assert declared(video) == 12 * 1000


def test_fragment_that_takes_the_size_from_its_head(tmp_path: Path) -> None:
    """In ffmpeg's it stands behind version, flags, track, offset of the data, and duration."""
    source = DATA / "fragmented.mp4"
    data = bytearray(source.read_bytes())
    for at in [place for place in range(len(data)) if data[place : place + 4] == b"trun"]:
        data[at + 6] &= ~0x02  # no size of its own for each sample
        count = at + 8
        data[count : count + 4] = (7).to_bytes(4, "big")
    (tmp_path / "a.mp4").write_bytes(data)
    heads = [place + 4 for place in range(len(data)) if data[place : place + 4] == b"tfhd"]
    assert {bytes(data[head : head + 4]) for head in heads} == {b"\0\0\0\x39"}
    default = sum(int.from_bytes(data[head + 20 : head + 24], "big") for head in heads)
    assert default > 0
    assert declared(tmp_path / "a.mp4") == 7 * default


def test_the_same_bytes_again_and_again_are_refused(tmp_path: Path, config: PipelineConfig) -> None:
    size = TINY_MP4.stat().st_size
    at = TINY_MP4.read_bytes().index(b"stsz") + 8
    video = patched(TINY_MP4, tmp_path / "a.mp4", at, size.to_bytes(4, "big"))
    with pytest.raises(UnreadableVideo, match="more data than the file holds"):
        VideoReader(video, config)
    assert boxes(video).keys() == boxes(TINY_MP4).keys()
