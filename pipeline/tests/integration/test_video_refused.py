"""Videos that are refused, and why."""

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from pipeline.config import PipelineConfig
from pipeline.exceptions import PipelineError, TruncatedVideo, UnreadableVideo, VideoTooLarge
from pipeline.tests.video_files import (
    DATA,
    TINY_MP4,
    box_bytes,
    faststart,
    without_samples,
    write_video,
)
from pipeline.video.reader import VideoReader

TINY = TINY_MP4.read_bytes()
MP4 = box_bytes(b"ftyp", b"isom") + box_bytes(b"moov")
PLAYLISTS = (
    f"#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\n{TINY_MP4}\n#EXT-X-ENDLIST\n".encode(),
    f"ffconcat version 1.0\nfile '{TINY_MP4}'\n".encode(),
)


def refusal(path: Path, config: PipelineConfig, **limits: Any) -> PipelineError:
    with pytest.raises(PipelineError) as caught:
        list(VideoReader(path, dataclasses.replace(config, **limits)).frames())
    assert str(path.parent) not in str(caught.value)
    return caught.value


def avi(folder: Path) -> bytes:
    return write_video(folder / "a.avi", 10).read_bytes()


def sound(folder: Path) -> bytes:
    with av.open(folder / "sound.mp4", "w") as container:
        stream = container.add_stream("aac", rate=48_000)
        stream.layout = "mono"
        silence = np.zeros((1, 1024), dtype=np.float32)
        for index in range(10):
            frame = av.AudioFrame.from_ndarray(silence, format="fltp", layout="mono")
            frame.sample_rate, frame.pts = 48_000, index * 1024
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return (folder / "sound.mp4").read_bytes()


def huge_header(folder: Path) -> bytes:
    data = write_video(folder / "a.mov", 3, (160, 96), "rawvideo", "rgb24").read_bytes()
    data = data.replace(bytes([0, 160, 0, 96]), (16_000).to_bytes(2, "big") * 2)
    return data.replace(b"ftypqt  ", b"ftypisom")


def huge_frames(folder: Path) -> bytes:
    data = write_video(folder / "a.mp4", 3, (160, 96), "mjpeg", "yuvj420p").read_bytes()
    size = b"\xff\xc0\x00\x11\x08"
    return data.replace(size + bytes([0, 96, 0, 160]), size + (30_000).to_bytes(2, "big") * 2)


def same_bytes_again(folder: Path) -> bytes:
    """Each sample of the index is the same nine tenths of the file."""
    video = bytearray(TINY)
    for kind, head, value in ((b"stsz", 12, len(TINY) * 9 // 10), (b"stco", 8, 8)):
        start = TINY.index(kind) + 4
        count = int.from_bytes(TINY[start + head - 4 : start + head], "big")
        video[start + head : start + head + 4 * count] = value.to_bytes(4, "big") * count
    return bytes(video)


def cut(share: float, *, index_in_front: bool) -> Callable[[Path], bytes]:
    def make(folder: Path) -> bytes:
        data = faststart(TINY_MP4, folder / "a.mp4").read_bytes() if index_in_front else TINY
        return data[: int(share * (len(data) - 1))]

    return make


Make = Callable[[Path], bytes]
REFUSED: dict[str, tuple[Make, type[PipelineError], str]] = {
    "AVI": (avi, UnreadableVideo, "not an MP4"),
    "AVI behind the boxes of an MP4": (lambda f: MP4 + avi(f), UnreadableVideo, ""),
    "playlist": (lambda _: PLAYLISTS[0], UnreadableVideo, ""),
    "playlist behind boxes": (lambda _: MP4 + PLAYLISTS[0], UnreadableVideo, ""),
    "concat list": (lambda _: PLAYLISTS[1], UnreadableVideo, ""),
    "concat list behind boxes": (lambda _: MP4 + PLAYLISTS[1], UnreadableVideo, ""),
    "nothing": (lambda _: b"", UnreadableVideo, ""),
    "PNG": (lambda _: b"\x89PNG\r\n\x1a\n" + bytes(100), UnreadableVideo, ""),
    "half a box": (lambda _: b"ftyp", UnreadableVideo, ""),
    "an empty ftyp": (lambda _: b"\0\0\0\x08ftyp", UnreadableVideo, ""),
    "no video track": (lambda _: MP4, UnreadableVideo, ""),
    "sound only": (sound, UnreadableVideo, "holds sound only"),
    "unknown codec": (
        lambda _: TINY.replace(b"mp4v", b"zzzz").replace(b"esds", b"free"),
        UnreadableVideo,
        "codec of the video is not supported",
    ),
    "without an index": (
        lambda _: TINY[: TINY.index(b"moov") - 4],
        UnreadableVideo,
        "index (moov) is missing",
    ),
    "header of 16000 x 16000": (huge_header, VideoTooLarge, "16000 x 16000"),
    "frames of 30000 x 30000": (huge_frames, PipelineError, ""),
    "empty frames": (
        lambda f: without_samples(TINY_MP4, f / "a.mp4", 0.0, 1.0).read_bytes(),
        UnreadableVideo,
        "No frame of the video could be decoded.",
    ),
    "the same bytes again and again": (same_bytes_again, UnreadableVideo, ""),
}
REFUSED |= {
    f"cut at {share}, index in front: {front}": (
        cut(share, index_in_front=front),
        TruncatedVideo,
        "cut off",
    )
    for share in (0.25, 0.5, 0.99, 1.0)
    for front in (False, True)
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused_with_the_reason(name: str, tmp_path: Path, config: PipelineConfig) -> None:
    make, kind, reason = REFUSED[name]
    content = make(tmp_path)
    (tmp_path / "x.mp4").write_bytes(content)

    error = refusal(tmp_path / "x.mp4", config)

    assert isinstance(error, kind)
    assert reason in str(error)


def test_no_such_file(tmp_path: Path, config: PipelineConfig) -> None:
    assert isinstance(refusal(tmp_path / "none.mp4", config), UnreadableVideo)


@pytest.mark.parametrize(
    ("video", "limits", "reason"),
    [
        (TINY_MP4, {"max_frames": 11}, "the limit is 11 frames"),
        (TINY_MP4, {"max_duration_s": 0.5}, "the limit is 0.5 seconds"),
        (TINY_MP4, {"max_pixels": 76_799}, "the limit is 76799 pixels"),
        # The index of a fragmented video is empty: what is decoded counts.
        (DATA / "frag_empty_moov.mp4", {"max_frames": 19}, ""),
        (DATA / "frag_empty_moov.mp4", {"max_duration_s": 1.5}, ""),
        # 640 x 360 at first, then 480 x 640.
        (DATA / "size_changes.mp4", {"max_pixels": 640 * 360}, "480 x 640"),
    ],
)
def test_limits(video: Path, limits: dict[str, Any], reason: str, config: PipelineConfig) -> None:
    error = refusal(video, config, **limits)

    assert isinstance(error, VideoTooLarge)
    assert reason in str(error)


def test_a_video_at_its_limits_is_read(config: PipelineConfig) -> None:
    exact = dataclasses.replace(config, max_frames=12, max_pixels=76_800)

    assert sum(1 for _ in VideoReader(TINY_MP4, exact).frames()) == 12
