"""Which frames of a video are read, in which order, and what is refused."""

import dataclasses
import weakref
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline.config import PipelineConfig
from pipeline.tests.video_files import (
    DATA,
    box_bytes,
    boxes,
    faststart,
    patched,
    with_front,
    write_video,
)
from pipeline.video.frame import Frame, Image
from pipeline.video.reader import VideoReader

H264 = {"bf": "2", "g": "10"}
CODECS = [
    ("libx264", "yuv420p", H264),
    ("libx264", "yuv422p", H264),
    ("libx264", "yuv444p", H264),
    ("libx264", "yuv420p10le", H264),
    ("libx264", "yuv420p", {**H264, "x264-params": "interlaced=1:tff=1"}),
    ("libx264", "yuv420p", {**H264, "x264-params": "open-gop=1:keyint=10:bframes=3"}),
    ("libx265", "yuv420p", {"x265-params": "log-level=none"}),
    ("libvpx-vp9", "yuv420p", {"cpu-used": "8"}),
    ("mpeg4", "yuv420p", {}),
    ("mpeg2video", "yuv420p", {}),
    ("mpeg2video", "yuv420p", {"flags": "+ildct+ilme", "top": "1"}),
    ("mjpeg", "yuvj420p", {}),
    ("prores_ks", "yuv422p10le", {}),
]


def read_all(path: Path, config: PipelineConfig, **limits: Any) -> list[Frame]:
    return list(VideoReader(path, dataclasses.replace(config, **limits)).frames())


def bars(frames: list[Frame]) -> list[int]:
    """The column of the bar of each frame of `write_video`."""
    return [int(np.argmin(frame.image.mean(axis=(0, 2)))) for frame in frames]


@pytest.mark.parametrize(("codec", "pix_fmt", "options"), CODECS)
def test_every_frame_once_in_order(
    codec: str, pix_fmt: str, options: dict[str, str], tmp_path: Path, config: PipelineConfig
) -> None:
    # MOV takes the formats that MP4 does not register; the demuxer is the same.
    name = "a.mov" if codec in ("prores_ks", "mjpeg") else "a.mp4"
    video = write_video(tmp_path / name, 30, (160, 96), codec, pix_fmt, options)
    if name == "a.mov":
        brand = box_bytes(b"ftyp", b"isom\0\0\2\0isomiso2mp41")
        video = with_front(video, tmp_path / "a.mp4", brand)

    frames = read_all(video, config)

    assert [frame.index for frame in frames] == list(range(30))
    assert {frame.image.shape for frame in frames} == {(96, 160, 3)}
    assert bars(frames) == list(range(30))
    assert [frame.time_s for frame in frames] == pytest.approx(
        [n / 25 for n in range(30)], abs=2e-3
    )


@pytest.mark.parametrize("size", [(90, 160), (322, 182)])
def test_sizes_that_are_not_aligned(
    size: tuple[int, int], tmp_path: Path, config: PipelineConfig
) -> None:
    frames = read_all(write_video(tmp_path / "a.mp4", 5, size), config)

    assert {frame.image.shape for frame in frames} == {(size[1], size[0], 3)}
    assert all(frame.image.flags.c_contiguous for frame in frames)


def test_index_in_front(tiny_mp4: Path, tmp_path: Path, config: PipelineConfig) -> None:
    assert len(read_all(faststart(tiny_mp4, tmp_path / "a.mp4"), config)) == 12


def test_sizes_of_64_bits(tiny_mp4: Path, tmp_path: Path, config: PipelineConfig) -> None:
    """The data box has a 64-bit size, as those over 4 GiB have."""
    data, (start, end) = tiny_mp4.read_bytes(), boxes(tiny_mp4)[b"mdat"]
    wide = (1).to_bytes(4, "big") + b"mdat" + (16 + end - start).to_bytes(8, "big")
    front, rest = data[: start - 8], data[start:]
    moved = with_front(tiny_mp4, tmp_path / "moved.mp4", bytes(8)).read_bytes()[8:]
    path = tmp_path / "wide.mp4"
    path.write_bytes(front + wide + rest[: end - start] + moved[end:])

    assert len(read_all(path, config)) == 12


@pytest.mark.parametrize("kind", [b"free", b"skip", b"wide", b"uuid"])
def test_boxes_before_ftyp(
    kind: bytes, tiny_mp4: Path, tmp_path: Path, config: PipelineConfig
) -> None:
    video = with_front(tiny_mp4, tmp_path / "a.mp4", box_bytes(kind, bytes(40)))

    assert len(read_all(video, config)) == 12


def test_stride_keeps_the_indexes_of_the_source(tmp_path: Path, config: PipelineConfig) -> None:
    reader = VideoReader(write_video(tmp_path / "a.mp4", 10), config)

    assert [(f.index, f.time_s) for f in reader.frames(stride=4)] == [
        (0, 0.0),
        (4, 0.16),
        (8, 0.32),
    ]
    assert list(reader.times) == [n / 25 for n in range(10)]


def test_recording_that_was_cut_off_is_read_as_far_as_it_goes(
    tmp_path: Path, config: PipelineConfig
) -> None:
    data = (DATA / "frag_empty_moov.mp4").read_bytes()
    path = tmp_path / "cut.mp4"
    path.write_bytes(data[: len(data) * 3 // 4])

    frames = read_all(path, config)

    assert 10 <= len(frames) < 20


@pytest.mark.parametrize("tail", [b"TAG" + bytes(125), b"\0" * 5, b"made by a camera"])
def test_bytes_behind_the_last_box(
    tail: bytes, tiny_mp4: Path, tmp_path: Path, config: PipelineConfig
) -> None:
    path = tmp_path / "a.mp4"
    path.write_bytes(tiny_mp4.read_bytes() + tail)

    assert len(read_all(path, config)) == 12


def test_first_enabled_track_counts(tmp_path: Path, config: PipelineConfig) -> None:
    import av

    path = tmp_path / "two.mp4"
    with av.open(path, "w") as container:
        streams = [container.add_stream("mpeg4", rate=25) for _ in range(2)]
        for stream, width in zip(streams, (64, 128), strict=True):
            stream.width, stream.height, stream.pix_fmt = width, 64, "yuv420p"
        for stream, width in zip(streams, (64, 128), strict=True):
            for _ in range(3):
                picture = np.zeros((64, width, 3), dtype=np.uint8)
                container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="bgr24")))
            container.mux(stream.encode(None))
    assert read_all(path, config)[0].image.shape == (64, 64, 3)

    data = path.read_bytes()
    first, second = data.index(b"tkhd") + 4, data.rindex(b"tkhd") + 4
    disabled = patched(path, tmp_path / "disabled.mp4", first, bytes(4))
    disabled = patched(disabled, tmp_path / "second.mp4", second, b"\0\0\0\1")

    assert read_all(disabled, config)[0].image.shape == (64, 128, 3)


def test_no_frame_is_kept(tmp_path: Path, config: PipelineConfig) -> None:
    reader = VideoReader(write_video(tmp_path / "a.mp4", 20), config)
    seen: list[weakref.ref[Image]] = []
    for frame in reader.frames():
        seen.append(weakref.ref(frame.image))
        assert sum(ref() is not None for ref in seen) <= 2
