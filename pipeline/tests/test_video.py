import dataclasses
import weakref
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline.config import PipelineConfig
from pipeline.exceptions import PipelineError, TruncatedVideo, UnreadableVideo, VideoTooLarge
from pipeline.tests.video_files import (
    box_bytes,
    boxes,
    claiming_size,
    faststart,
    patched,
    without_samples,
    write_video,
)
from pipeline.video import Frame, VideoReader


def read_all(path: Path, config: PipelineConfig, **limits: Any) -> list[tuple[int, Frame]]:
    return list(VideoReader(path, dataclasses.replace(config, **limits)).frames())


def refusal(path: Path, config: PipelineConfig, **limits: Any) -> PipelineError:
    with pytest.raises(PipelineError) as caught:
        read_all(path, config, **limits)
    assert str(path.parent) not in str(caught.value)
    return caught.value


@pytest.mark.parametrize("size", [(320, 240), (90, 160), (322, 182)])
@pytest.mark.parametrize("fourcc", ["mp4v", "vp09"])
def test_every_frame_once_in_order(
    size: tuple[int, int], fourcc: str, tmp_path: Path, config: PipelineConfig
) -> None:
    frames = read_all(write_video(tmp_path / "a.mp4", 30, size, fourcc), config)

    assert [index for index, _ in frames] == list(range(30))
    assert {frame.shape for _, frame in frames} == {(size[1], size[0], 3)}
    bars = [int(np.argmin(frame.mean(axis=(0, 2)))) for _, frame in frames]
    assert bars == list(range(30))


def test_index_in_front(tiny_mp4: Path, tmp_path: Path, config: PipelineConfig) -> None:
    assert len(read_all(faststart(tiny_mp4, tmp_path / "a.mp4"), config)) == 12


def test_stride_keeps_the_numbers_of_the_source(tmp_path: Path, config: PipelineConfig) -> None:
    reader = VideoReader(write_video(tmp_path / "a.mp4", 10), config)

    assert [index for index, _ in reader.frames(stride=4)] == [0, 4, 8]


def test_rotation_is_applied_as_a_viewer_sees_it(
    tiny_mp4: Path, tmp_path: Path, config: PipelineConfig
) -> None:
    matrix = tiny_mp4.read_bytes().index(b"tkhd") + 4 + 40
    one, none = (1 << 16).to_bytes(4, "big"), bytes(4)
    turned = b"".join((none, one, none, (-1 << 16).to_bytes(4, "big", signed=True), none, none))
    video = patched(tiny_mp4, tmp_path / "turned.mp4", matrix, turned)

    assert {frame.shape for _, frame in read_all(video, config)} == {(320, 240, 3)}


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
    video = Path(__file__).parent / "data" / name

    assert len(read_all(video, config)) == frames


def test_trimmed_video_is_complete(tmp_path: Path, config: PipelineConfig) -> None:
    video = write_video(tmp_path / "a.mp4", 50)
    length = video.read_bytes().index(b"elst") + 12
    trimmed = patched(video, tmp_path / "b.mp4", length, (1000).to_bytes(4, "big"))

    assert len(read_all(trimmed, config)) in (24, 25, 26)


def test_avi_named_mp4(tmp_path: Path, config: PipelineConfig) -> None:
    avi = write_video(tmp_path / "a.avi", 10, fourcc="MJPG").rename(tmp_path / "avi.mp4")

    assert "not an MP4" in str(refusal(avi, config))


@pytest.mark.parametrize(
    "text",
    [
        "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\n{}\n#EXT-X-ENDLIST\n",
        "ffconcat version 1.0\nfile '{}'\n",
    ],
)
def test_playlist_named_mp4(
    text: str, tiny_mp4: Path, tmp_path: Path, config: PipelineConfig
) -> None:
    playlist = tmp_path / "list.mp4"
    playlist.write_text(text.format(tiny_mp4))

    assert isinstance(refusal(playlist, config), UnreadableVideo)


def test_only_the_mp4_demuxer_opens_a_file(
    tmp_path: Path, config: PipelineConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second line of defence: an AVI that would get past the look at the index."""
    avi = write_video(tmp_path / "a.avi", 10, fourcc="MJPG")
    good = write_video(tmp_path / "a.mp4", 10)
    reader = VideoReader(good, config)
    avi.replace(good)

    with pytest.raises(UnreadableVideo):
        list(reader.frames())


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

    assert "no video track" in str(refusal(path, config))


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


@pytest.mark.parametrize("where", [b"tkhd", b"mp4v"])
def test_header_that_claims_30000_by_30000(
    where: bytes, tiny_mp4: Path, tmp_path: Path, config: PipelineConfig
) -> None:
    video = claiming_size(tiny_mp4, tmp_path / "huge.mp4", 30_000, 30_000, where)

    error = refusal(video, config)

    assert isinstance(error, VideoTooLarge)
    assert "30000 x 30000" in str(error)
    assert f"{config.max_pixels} pixels" in str(error)


def test_limit_of_frames_and_of_duration(tiny_mp4: Path, config: PipelineConfig) -> None:
    assert "the limit is 11 frames" in str(refusal(tiny_mp4, config, max_frames=11))
    assert "the limit is 0.5 seconds" in str(refusal(tiny_mp4, config, max_duration_s=0.5))
    assert "the limit is 76799 pixels" in str(refusal(tiny_mp4, config, max_pixels=76_799))
    assert len(read_all(tiny_mp4, config, max_frames=12, max_pixels=76_800)) == 12


def test_no_frame_can_be_decoded(tiny_mp4: Path, tmp_path: Path, config: PipelineConfig) -> None:
    video = without_samples(tiny_mp4, tmp_path / "empty.mp4", 0.0, 1.0)

    error = str(refusal(video, config))

    assert error.startswith("No frame of the video could be decoded.")
    assert "(mp4v)" in error


def test_first_of_two_video_tracks_counts(
    tiny_mp4: Path, tmp_path: Path, config: PipelineConfig
) -> None:
    """The second says that it has more frames than the first."""
    data = tiny_mp4.read_bytes()
    moov = boxes(tiny_mp4)[b"moov"]
    index = data[moov.payload : moov.end]
    start = index.index(b"trak") - 4
    track = bytearray(index[start : start + int.from_bytes(index[start : start + 4], "big")])
    count = track.index(b"stsz") + 12
    track[count - 4 : count + 4] = (100).to_bytes(4, "big") + (50).to_bytes(4, "big")
    path = tmp_path / "two.mp4"
    path.write_bytes(data[: moov.payload - 8] + box_bytes(b"moov", index, bytes(track)))

    assert len(read_all(path, config)) == 12


def test_frames_lost_in_the_middle(tmp_path: Path, config: PipelineConfig) -> None:
    whole = write_video(tmp_path / "whole.mp4", 48)
    video = without_samples(whole, tmp_path / "holes.mp4", 0.5, 0.7)

    error = str(refusal(video, config))

    assert "The video is damaged: only " in error
    assert error.endswith(" of 48 frames could be decoded.")


def test_no_frame_is_kept(tmp_path: Path, config: PipelineConfig) -> None:
    reader = VideoReader(write_video(tmp_path / "a.mp4", 20), config)
    seen: list[weakref.ref[Frame]] = []
    for _, frame in reader.frames():
        seen.append(weakref.ref(frame))
        assert sum(ref() is not None for ref in seen) <= 2
