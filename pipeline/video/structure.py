"""The boxes of an MP4, for what a demuxer does not tell (ISO/IEC 14496-12, 4.2).

Imports no vendor library.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from pipeline.exceptions import TruncatedVideo, UnreadableVideo

# What may stand before ftyp, and how far into the file ftyp is looked for.
LEADING = frozenset((b"free", b"skip", b"wide", b"uuid"))
FTYP_WITHIN = 64 * 1024
# Nothing behind moov is looked at, and few boxes stand before it.
MOST_BOXES = 10_000


@dataclass(frozen=True)
class Box:
    """kind: four bytes. payload, end: offsets in the file; end is what the header claims."""

    kind: bytes
    payload: int
    end: int


def is_mp4(file: BinaryIO) -> bool:
    """Whether ftyp is the first box after any free, skip, wide or uuid box in the first 64 KiB."""
    for box in _boxes(file, 0, FTYP_WITHIN):
        if box.kind not in LEADING:
            return box.kind == b"ftyp"
    return False


def is_fragmented(file: BinaryIO) -> bool:
    """Whether movie fragments may follow the index, as recorders write them (8.8.1).

    Raises UnreadableVideo if this is no MP4, TruncatedVideo if the index is missing or cut off.
    """
    size = file.seek(0, 2)
    if size == 0:
        raise UnreadableVideo("The video file is empty.")
    if not is_mp4(file):
        raise UnreadableVideo("The file is not an MP4: it does not start with an ftyp box.")
    index = next((box for box in _boxes(file, 0, size) if box.kind == b"moov"), None)
    if index is None:
        raise TruncatedVideo(
            "The MP4 is cut off: its index (moov) is missing. Send the whole file."
        )
    if index.end > size:
        raise TruncatedVideo
    return any(box.kind == b"mvex" for box in _boxes(file, index.payload, index.end))


def _boxes(file: BinaryIO, start: int, end: int) -> Iterator[Box]:
    """The boxes that begin between two offsets, as far as their headers make sense."""
    for _ in range(MOST_BOXES):
        if start + 8 > end:
            return
        file.seek(start)
        head = file.read(16)
        size, kind, header = int.from_bytes(head[:4], "big"), head[4:8], 8
        if size == 1:  # the size is a 64-bit number behind the type
            size, header = int.from_bytes(head[8:16], "big"), 16
        elif size == 0:  # the box reaches to the end of the file
            size = file.seek(0, 2) - start
        if len(head) < header or size < header:
            return
        yield Box(kind, start + header, start + size)
        start += size
