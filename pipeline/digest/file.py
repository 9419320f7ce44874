"""The digest of a job's results, and the file that holds it.

The file is a ZIP archive, so that it is stored as a whole: digest.json, index.json, the JPEGs
still-0.jpg to still-9.jpg, and cover.jpg, a small one for lists.
"""

import io
import json
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, NamedTuple, Self
from zipfile import ZIP_DEFLATED, BadZipFile, ZipFile, ZipInfo

from pipeline.transcript import TextLine

VERSION = 1
MAX_MEMBER_BYTES = 64 * 1024**2
STILL = "still-{}.jpg".format
COVER = "cover.jpg"


class ClassCount(NamedTuple):
    """Detections of a class; counts: their number in each bucket."""

    label: str
    total: int
    counts: list[int]


class Shown(NamedTuple):
    """A moment of the video; at: as in `lines`."""

    frame: int
    at: float
    reason: str
    text: str


@dataclass(frozen=True)
class Digest:
    """frames, detections: of the results. bucket: how many frames are counted together.

    timed: whether lines and moments have seconds. more_lines: how many were left out. stills: how
    many of the moments have a picture, either all or none.
    """

    frames: int
    detections: int
    bucket: int
    timed: bool
    classes: list[ClassCount]
    lines: list[TextLine]
    more_lines: int
    moments: list[Shown]
    stills: int = 0

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Self:
        """Raises KeyError, TypeError or ValueError for anything that `packed` did not write."""
        fields = dict(value)
        if fields.pop("version") != VERSION:
            raise ValueError("a digest of another version")
        for name, kind in (("classes", ClassCount), ("lines", TextLine), ("moments", Shown)):
            fields[name] = [kind(*item) for item in fields[name]]
        return cls(**fields)


@dataclass(frozen=True)
class Index:
    """Where blocks of frames begin in the results file: the first frame of each, and its byte."""

    frames: list[int] = field(default_factory=list)
    offsets: list[int] = field(default_factory=list)

    def block_of(self, frame: int) -> int:
        """The number of the block that holds a frame; the nearest one if none does."""
        return max(0, bisect_right(self.frames, frame) - 1)


def packed(
    digest: Digest, index: Index, stills: Sequence[bytes] = (), cover: bytes | None = None
) -> bytes:
    """The file. The same content always gives the same bytes."""
    content = io.BytesIO()
    with ZipFile(content, "w") as archive:
        texts = {"digest.json": {"version": VERSION, **asdict(digest)}, "index.json": asdict(index)}
        for name, value in texts.items():
            text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
            archive.writestr(ZipInfo(name), text.encode(), ZIP_DEFLATED)
        for number, jpeg in enumerate(stills):
            archive.writestr(ZipInfo(STILL(number)), jpeg)
        if cover:
            archive.writestr(ZipInfo(COVER), cover)
    return content.getvalue()


def load_digest(path: Path) -> Digest | None:
    """None if there is none that can be read."""
    try:
        return Digest.from_json(json.loads(load_member(path, "digest.json") or b""))
    except (ValueError, TypeError, KeyError, RecursionError):
        return None


def load_index(path: Path) -> Index | None:
    """None if there is none that can be read."""
    try:
        return Index(**json.loads(load_member(path, "index.json") or b""))
    except (ValueError, TypeError, RecursionError):
        return None


def load_member(path: Path, name: str) -> bytes | None:
    """A part of the file; None if there is none that can be read."""
    try:
        with ZipFile(path) as archive:
            if archive.getinfo(name).file_size > MAX_MEMBER_BYTES:
                return None
            return archive.read(name)
    except (OSError, KeyError, BadZipFile, ValueError, NotImplementedError, EOFError):
        return None
