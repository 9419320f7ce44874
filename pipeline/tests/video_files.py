"""Builders of video files for the tests, the broken ones included."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import av
import numpy as np

from pipeline.video.frame import Image

TINY_MP4 = Path(__file__).parent / "fixtures" / "tiny.mp4"
DATA = Path(__file__).parent / "data"
GREY, BAR = 200, 0


def encode(
    path: Path,
    pictures: Iterable[Image],
    codec: str = "mpeg4",
    pix_fmt: str = "yuv420p",
    options: Mapping[str, str] | None = None,
) -> Path:
    """A video of pictures (height x width x 3, BGR), all of one size, 25 a second."""
    with av.open(path, "w") as container:
        stream = container.add_stream(codec, rate=25, options=dict(options or {}))
        assert isinstance(stream, av.VideoStream)
        stream.pix_fmt, stream.thread_count = pix_fmt, 1
        for picture in pictures:
            if not stream.codec_context.is_open:
                stream.height, stream.width = picture.shape[:2]
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="bgr24")))
        container.mux(stream.encode(None))
    return path


def write_video(
    path: Path,
    frames: int,
    size: tuple[int, int] = (320, 240),
    codec: str = "mpeg4",
    pix_fmt: str = "yuv420p",
    options: Mapping[str, str] | None = None,
) -> Path:
    """A video of `frames` frames, size (width, height); frame i is grey with a bar at column i."""

    def bars() -> Iterator[Image]:
        for index in range(frames):
            picture = np.full((size[1], size[0], 3), GREY, dtype=np.uint8)
            picture[:, index % size[0]] = BAR
            yield picture

    return encode(path, bars(), codec, pix_fmt, options)


def boxes(path: Path) -> dict[bytes, tuple[int, int]]:
    """Where the content of each outer box begins and ends."""
    data, found, at = path.read_bytes(), {}, 0
    while at + 8 <= len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        found[data[at + 4 : at + 8]] = (at + 8, at + size)
        at += size
    return found


def box_bytes(kind: bytes, *content: bytes) -> bytes:
    payload = b"".join(content)
    return (8 + len(payload)).to_bytes(4, "big") + kind + payload


def patched(path: Path, target: Path, at: int, new: bytes) -> Path:
    data = bytearray(path.read_bytes())
    data[at : at + len(new)] = new
    target.write_bytes(data)
    return target


def with_matrix(path: Path, target: Path, a: int, b: int, c: int, d: int) -> Path:
    """The same video with another display matrix (ISO/IEC 14496-12, 6.2.2)."""
    rows = ((a, b, 0), (c, d, 0))
    raw = b"".join((value << 16).to_bytes(4, "big", signed=True) for row in rows for value in row)
    return patched(path, target, path.read_bytes().index(b"tkhd") + 4 + 40, raw)


def with_front(path: Path, target: Path, front: bytes) -> Path:
    """The same video with bytes before it; the sample offsets move by their length."""
    data = bytearray(path.read_bytes())
    at = data.index(b"stco") + 8
    count = int.from_bytes(data[at : at + 4], "big")
    for place in range(at + 4, at + 4 + 4 * count, 4):
        offset = int.from_bytes(data[place : place + 4], "big") + len(front)
        data[place : place + 4] = offset.to_bytes(4, "big")
    target.write_bytes(front + data)
    return target


def faststart(path: Path, target: Path) -> Path:
    """The same video with its index in front."""
    with av.open(path) as source, av.open(target, "w", options={"movflags": "faststart"}) as made:
        stream = made.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(video=0):
            if packet.dts is not None:
                packet.stream = stream
                made.mux(packet)
    return target


def without_samples(path: Path, target: Path, first: float, last: float) -> Path:
    """The same video, a part of its coded frames overwritten with zeros."""
    begin, end = boxes(path)[b"mdat"]
    start = begin + int(first * (end - begin))
    return patched(path, target, start, bytes(int((last - first) * (end - begin))))
