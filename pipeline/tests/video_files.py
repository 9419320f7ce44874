"""Builders of video files for the tests, the broken ones included."""

from pathlib import Path

import cv2
import numpy as np

from pipeline.mp4_boxes import Box, BoxReader

TINY_MP4 = Path(__file__).parent / "fixtures" / "tiny.mp4"


def write_video(
    path: Path, frames: int, size: tuple[int, int] = (320, 240), fourcc: str = "mp4v"
) -> Path:
    """A video of `frames` frames, size (width, height); frame i is grey with a bar at column i."""
    writer = cv2.VideoWriter(str(path), cv2.CAP_FFMPEG, cv2.VideoWriter.fourcc(*fourcc), 25.0, size)
    assert writer.isOpened(), fourcc
    for index in range(frames):
        frame = np.full((size[1], size[0], 3), 200, dtype=np.uint8)
        frame[:, index % size[0]] = 0
        writer.write(frame)
    writer.release()
    return path


def boxes(path: Path) -> dict[bytes, Box]:
    with BoxReader(path) as reader:
        return {box.kind: box for box in reader.top_level()}


def box_bytes(kind: bytes, *content: bytes) -> bytes:
    payload = b"".join(content)
    return (8 + len(payload)).to_bytes(4, "big") + kind + payload


def patched(path: Path, target: Path, at: int, new: bytes) -> Path:
    data = bytearray(path.read_bytes())
    data[at : at + len(new)] = new
    target.write_bytes(data)
    return target


def faststart(path: Path, target: Path) -> Path:
    """The same video with its index in front. The sample offsets move by the index's length."""
    data = path.read_bytes()
    found = boxes(path)
    mdat, moov = found[b"mdat"], found[b"moov"]
    head, index = data[: mdat.payload - 8], bytearray(data[moov.payload - 8 : moov.end])
    at = index.index(b"stco") + 8
    count = int.from_bytes(index[at : at + 4], "big")
    for place in range(at + 4, at + 4 + 4 * count, 4):
        offset = int.from_bytes(index[place : place + 4], "big") + len(index)
        index[place : place + 4] = offset.to_bytes(4, "big")
    target.write_bytes(head + index + data[mdat.payload - 8 : mdat.end])
    return target


def claiming_size(path: Path, target: Path, width: int, height: int, where: bytes) -> Path:
    """The same video, its header claiming another size, in `tkhd` or in the `mp4v` entry."""
    start = path.read_bytes().index(where) + 4  # the first byte after the type
    if where == b"tkhd":
        size = (width << 16).to_bytes(4, "big") + (height << 16).to_bytes(4, "big")
        return patched(path, target, start + 76, size)
    return patched(path, target, start + 24, width.to_bytes(2, "big") + height.to_bytes(2, "big"))


def without_samples(path: Path, target: Path, first: float, last: float) -> Path:
    """The same video, a part of its coded frames overwritten with zeros."""
    mdat = boxes(path)[b"mdat"]
    length = mdat.end - mdat.payload
    start = mdat.payload + int(first * length)
    return patched(path, target, start, bytes(int((last - first) * length)))
