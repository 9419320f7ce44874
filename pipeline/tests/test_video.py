"""Which frames of a video are read, in which order, and what is refused."""

import dataclasses
import weakref
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline.config import PipelineConfig
from pipeline.exceptions import PipelineError, TruncatedVideo, UnreadableVideo, VideoTooLarge
from pipeline.tests.video_files import (
    DATA,
    box_bytes,
    boxes,
    faststart,
    patched,
    with_front,
    without_samples,
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


def refusal(path: Path, config: PipelineConfig, **limits: Any) -> PipelineError:
    with pytest.raises(PipelineError) as caught:
        read_all(path, config, **limits)
    assert str(path.parent) not in str(caught.value)
    return caught.value


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


@pytest.mark.parametrize(
    ("name", "frames"), [("b_frames.mp4", 50), ("trimmed.mp4", 17), ("fragmented.mp4", 50)]
)
def test_what_other_encoders_write(name: str, frames: int, config: PipelineConfig) -> None:
    """H.264 in files of ffmpeg 5.1. They were made by:

    ffmpeg -f lavfi -i testsrc=size=96x64:rate=25:duration=2 -c:v libx264 -bf 3 -g 25
        -pix_fmt yuv420p -crf 40 -bitexact b_frames.mp4
    ffmpeg -ss 1.3 -i b_frames.mp4 -c copy -bitexact trimmed.mp4
    ffmpeg -i b_frames.mp4 -c copy -movflags +frag_keyframe+empty_moov -bitexact fragmented.mp4
    """
    assert len(read_all(DATA / name, config)) == frames


def test_avi_named_mp4(tmp_path: Path, config: PipelineConfig) -> None:
    avi = write_video(tmp_path / "a.avi", 10).rename(tmp_path / "avi.mp4")

    assert "not an MP4" in str(refusal(avi, config))


@pytest.mark.parametrize(
    "text",
    [
        "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\n{}\n#EXT-X-ENDLIST\n",
        "ffconcat version 1.0\nfile '{}'\n",
    ],
)
@pytest.mark.parametrize("disguised", [False, True])
def test_playlist_named_mp4(
    text: str, disguised: bool, tiny_mp4: Path, tmp_path: Path, config: PipelineConfig
) -> None:
    playlist = tmp_path / "list.mp4"
    front = box_bytes(b"ftyp", b"isom") + box_bytes(b"moov") if disguised else b""
    playlist.write_bytes(front + text.format(tiny_mp4).encode())

    assert isinstance(refusal(playlist, config), UnreadableVideo)


def test_only_the_mp4_demuxer_opens_a_file(tmp_path: Path, config: PipelineConfig) -> None:
    """An AVI behind the boxes of an MP4: its own demuxer would find it."""
    avi = write_video(tmp_path / "a.avi", 10).read_bytes()
    path = tmp_path / "a.mp4"
    path.write_bytes(box_bytes(b"ftyp", b"isom") + box_bytes(b"moov") + avi)

    assert isinstance(refusal(path, config), UnreadableVideo)


@pytest.mark.parametrize(
    "content", [b"", b"\x89PNG\r\n\x1a\n" + bytes(100), b"ftyp", b"\0\0\0\x08ftyp"]
)
def test_other_content(content: bytes, tmp_path: Path, config: PipelineConfig) -> None:
    path = tmp_path / "x.mp4"
    path.write_bytes(content)

    assert isinstance(refusal(path, config), UnreadableVideo)


def test_no_such_file(tmp_path: Path, config: PipelineConfig) -> None:
    assert isinstance(refusal(tmp_path / "none.mp4", config), UnreadableVideo)


def test_mp4_without_a_video_track(tmp_path: Path, config: PipelineConfig) -> None:
    path = tmp_path / "x.mp4"
    path.write_bytes(box_bytes(b"ftyp", b"isom") + box_bytes(b"moov"))

    assert isinstance(refusal(path, config), UnreadableVideo)


def test_sound_only_is_named(tmp_path: Path, config: PipelineConfig) -> None:
    import av

    path = tmp_path / "sound.mp4"
    with av.open(path, "w") as container:
        stream = container.add_stream("aac", rate=48_000)
        stream.layout = "mono"
        silence = np.zeros((1, 1024), dtype=np.float32)
        for index in range(10):
            frame = av.AudioFrame.from_ndarray(silence, format="fltp", layout="mono")
            frame.sample_rate, frame.pts = 48_000, index * 1024
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))

    assert "holds sound only" in str(refusal(path, config))


def test_unknown_codec_is_named(tiny_mp4: Path, tmp_path: Path, config: PipelineConfig) -> None:
    path = tmp_path / "a.mp4"
    path.write_bytes(tiny_mp4.read_bytes().replace(b"mp4v", b"zzzz").replace(b"esds", b"free"))

    assert "codec of the video is not supported" in str(refusal(path, config))


@pytest.mark.parametrize("layout", ["index behind", "index in front"])
def test_mp4_cut_in_the_middle(
    layout: str, tiny_mp4: Path, tmp_path: Path, config: PipelineConfig
) -> None:
    whole = tiny_mp4
    if layout == "index in front":
        whole = faststart(tiny_mp4, tmp_path / "whole.mp4")
    data = whole.read_bytes()
    for kept in (len(data) // 4, len(data) // 2, len(data) - 100, len(data) - 1):
        path = tmp_path / "cut.mp4"
        path.write_bytes(data[:kept])
        error = refusal(path, config)
        assert isinstance(error, TruncatedVideo)
        assert "cut off" in str(error)


def test_cut_between_the_boxes(tiny_mp4: Path, tmp_path: Path, config: PipelineConfig) -> None:
    data = tiny_mp4.read_bytes()
    path = tmp_path / "cut.mp4"
    path.write_bytes(data[: data.index(b"moov") - 4])

    assert "index (moov) is missing" in str(refusal(path, config))


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


def test_header_that_claims_too_many_pixels(tmp_path: Path, config: PipelineConfig) -> None:
    video = write_video(tmp_path / "a.mov", 3, (160, 96), "rawvideo", "rgb24")
    data = video.read_bytes().replace(bytes([0, 160, 0, 96]), (16_000).to_bytes(2, "big") * 2)
    video.write_bytes(data.replace(b"ftypqt  ", b"ftypisom"))

    error = refusal(video, config)

    assert isinstance(error, VideoTooLarge)
    assert "16000 x 16000" in str(error)
    assert f"{config.max_pixels} pixels" in str(error)


def test_frames_that_claim_30000_by_30000(tmp_path: Path, config: PipelineConfig) -> None:
    video = write_video(tmp_path / "a.mp4", 3, (160, 96), "mjpeg", "yuvj420p")
    size = b"\xff\xc0\x00\x11\x08"
    data = video.read_bytes().replace(
        size + bytes([0, 96, 0, 160]), size + (30_000).to_bytes(2, "big") * 2
    )
    video.write_bytes(data)

    assert isinstance(refusal(video, config), PipelineError)


def test_limit_of_frames_and_of_duration(tiny_mp4: Path, config: PipelineConfig) -> None:
    assert "the limit is 11 frames" in str(refusal(tiny_mp4, config, max_frames=11))
    assert "the limit is 0.5 seconds" in str(refusal(tiny_mp4, config, max_duration_s=0.5))
    assert "the limit is 76799 pixels" in str(refusal(tiny_mp4, config, max_pixels=76_799))
    assert len(read_all(tiny_mp4, config, max_frames=12, max_pixels=76_800)) == 12


@pytest.mark.parametrize("limits", [{"max_frames": 19}, {"max_duration_s": 1.5}])
def test_limits_hold_where_the_header_tells_nothing(
    limits: dict[str, Any], config: PipelineConfig
) -> None:
    """The index of a fragmented video is empty: what is decoded counts."""
    assert isinstance(refusal(DATA / "frag_empty_moov.mp4", config, **limits), VideoTooLarge)


def test_limit_of_pixels_holds_for_each_frame(config: PipelineConfig) -> None:
    """640 x 360 at first, then 480 x 640."""
    error = refusal(DATA / "size_changes.mp4", config, max_pixels=640 * 360)

    assert "480 x 640" in str(error)


def test_no_frame_can_be_decoded(tiny_mp4: Path, tmp_path: Path, config: PipelineConfig) -> None:
    video = without_samples(tiny_mp4, tmp_path / "empty.mp4", 0.0, 1.0)

    error = str(refusal(video, config))

    assert error.startswith("No frame of the video could be decoded.")
    assert "(mpeg4)" in error


def test_index_that_lists_the_same_bytes_again_and_again(
    tiny_mp4: Path, tmp_path: Path, config: PipelineConfig
) -> None:
    """Each of 5,000 samples is the same half of the file."""
    data = tiny_mp4.read_bytes()
    sizes, offsets, chunks = (data.index(kind) + 4 for kind in (b"stsz", b"stco", b"stsc"))
    video = bytearray(data)
    count = int.from_bytes(data[sizes + 8 : sizes + 12], "big")
    for place in range(sizes + 12, sizes + 12 + 4 * count, 4):
        video[place : place + 4] = (len(data) * 9 // 10).to_bytes(4, "big")
    for place in range(
        offsets + 8, offsets + 8 + 4 * int.from_bytes(data[offsets + 4 : offsets + 8], "big"), 4
    ):
        video[place : place + 4] = (8).to_bytes(4, "big")
    assert chunks
    path = tmp_path / "again.mp4"
    path.write_bytes(bytes(video))

    assert isinstance(refusal(path, config), UnreadableVideo)


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


def test_memory_is_flat(config: PipelineConfig, tmp_path: Path) -> None:
    import psutil

    video = write_video(tmp_path / "long.mp4", 3000, (320, 180))
    frames = VideoReader(video, config).frames()
    process = psutil.Process()
    for _ in islice(frames, 300):
        pass
    before = process.memory_info().rss
    for _ in frames:
        pass

    assert process.memory_info().rss - before < 20 * 2**20
