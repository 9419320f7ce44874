import random
from pathlib import Path

import pytest

from pipeline.exceptions import PipelineError, TruncatedVideo, UnreadableVideo
from pipeline.mp4_boxes import BoxReader
from pipeline.mp4_index import read_video_index
from pipeline.tests.video_files import box_bytes, faststart, patched, write_video

FTYP = box_bytes(b"ftyp", b"isom\0\0\2\0")


def test_index_of_a_video(tiny_mp4: Path) -> None:
    index = read_video_index(tiny_mp4, max_frames=100)

    assert (index.width, index.height, index.frames, index.tolerance) == (320, 240, 12, 0)
    assert index.duration_s == pytest.approx(1.0)


def test_index_in_front(tiny_mp4: Path, tmp_path: Path) -> None:
    in_front = faststart(tiny_mp4, tmp_path / "faststart.mp4")

    assert read_video_index(in_front, 100) == read_video_index(tiny_mp4, 100)


def test_more_frames_than_the_limit_are_counted_not_read(tmp_path: Path) -> None:
    video = write_video(tmp_path / "a.mp4", 20)

    assert read_video_index(video, max_frames=5).frames == 20


@pytest.mark.parametrize(
    ("tail", "error"),
    [
        (b"", TruncatedVideo),  # no moov
        ((4).to_bytes(4, "big") + b"moov", UnreadableVideo),  # shorter than a header
        ((1).to_bytes(4, "big") + b"moov" + (3).to_bytes(8, "big"), UnreadableVideo),
        ((1).to_bytes(4, "big") + b"moov" + (1 << 63).to_bytes(8, "big"), TruncatedVideo),
        ((0).to_bytes(4, "big") + b"moov", UnreadableVideo),  # to the end: an empty index
        (box_bytes(b"moov", b"\xff" * 64), UnreadableVideo),  # a child longer than its parent
        (box_bytes(b"moov", (0).to_bytes(4, "big") + b"trak"), UnreadableVideo),
    ],
)
def test_hostile_sizes_are_refused(tail: bytes, error: type[PipelineError], tmp_path: Path) -> None:
    path = tmp_path / "hostile.mp4"
    path.write_bytes(FTYP + tail)

    with pytest.raises(error):
        read_video_index(path, max_frames=100)


def test_number_of_boxes_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.mp4_boxes.MAX_BOXES", 1000)
    path = tmp_path / "many.mp4"
    path.write_bytes(FTYP + box_bytes(b"free") * 1001)

    with BoxReader(path) as reader, pytest.raises(UnreadableVideo, match="more boxes"):
        list(reader.top_level())


def test_padding_behind_the_last_box_is_no_damage(tiny_mp4: Path, tmp_path: Path) -> None:
    for tail in (b"\0" * 500, b"\0" * 5, b"\xff" * 40):
        path = tmp_path / "padded.mp4"
        path.write_bytes(tiny_mp4.read_bytes() + tail)
        assert read_video_index(path, 100).frames == 12


def test_edit_list_takes_frames_away(tmp_path: Path) -> None:
    """An edit list that shows one of two seconds; its box takes the place of the track's edts."""
    video = write_video(tmp_path / "a.mp4", 50)
    data = video.read_bytes()
    at = data.index(b"elst") + 4  # version and flags, count, then duration, start, rate
    assert int.from_bytes(data[at + 4 : at + 8], "big") == 1

    trimmed = patched(video, tmp_path / "b.mp4", at + 8, (1000).to_bytes(4, "big"))
    index = read_video_index(trimmed, max_frames=100)

    assert (index.frames, index.tolerance) == (25, 2)


def test_changed_bytes_never_raise_anything_else(tiny_mp4: Path, tmp_path: Path) -> None:
    original = tiny_mp4.read_bytes()
    index_start = original.index(b"moov") - 4
    chance = random.Random(16)
    path = tmp_path / "changed.mp4"
    for _ in range(500):
        data = bytearray(original)
        for _ in range(chance.randint(1, 5)):
            data[chance.randrange(index_start, len(data))] = chance.choice([0, 1, 127, 128, 255])
        path.write_bytes(data)
        try:
            read_video_index(path, max_frames=100_000)
        except PipelineError as error:
            assert str(tmp_path) not in str(error)
