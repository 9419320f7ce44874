"""Small videos to begin with: those of the tests (H.264, MPEG-4), and those that OpenCV encodes."""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path

from pipeline.tests.fixtures.make_tiny_mp4 import TINY_MP4, tiny_frame

TEST_DATA = TINY_MP4.parent.parent / "data"
SIZE = (128, 72)
FRAMES = 3
# Four letters of a codec, and the end of a name, which tells OpenCV the container.
ENCODED = (("mp4v", "mp4"), ("vp09", "mp4"), ("MJPG", "mp4"))
OTHERS = (
    ("mp4v", "avi"),
    ("MJPG", "avi"),
    ("VP80", "webm"),
    ("FFV1", "mkv"),
    ("png ", "mov"),
    ("FLV1", "flv"),
    ("WMV2", "wmv"),
    ("mp4v", "ts"),
)


@cache
def seeds() -> dict[str, bytes]:
    """Videos in MP4 by name."""
    files = [TINY_MP4, *sorted(TEST_DATA.glob("*.mp4"))]
    found = {path.stem: path.read_bytes() for path in files}
    return found | {fourcc: encoded(fourcc, end) for fourcc, end in ENCODED}


@cache
def others() -> dict[str, bytes]:
    """Videos in other containers."""
    return {f"{fourcc.strip()}.{end}": encoded(fourcc, end) for fourcc, end in OTHERS}


def encoded(fourcc: str, end: str, word: str = "FORGE 42", size: tuple[int, int] = SIZE) -> bytes:
    """A video of FRAMES frames that show `word`; OSError if this OpenCV cannot encode it."""
    import cv2

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"seed.{end}"
        code = cv2.VideoWriter.fourcc(*fourcc)
        writer = cv2.VideoWriter(str(path), cv2.CAP_FFMPEG, code, 10.0, size)
        if not writer.isOpened():
            raise OSError(f"OpenCV cannot write {fourcc} into .{end}")
        for index in range(FRAMES):
            writer.write(tiny_frame(index, FRAMES, word, size)[:, :, ::-1].copy())
        writer.release()
        return path.read_bytes()
