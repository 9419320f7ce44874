"""The boxes of an ISO base media file (ISO/IEC 14496-12 §4.2): where they are, not what they mean.

Sizes come from the file, so each is checked against the box around it before it is used. The
position grows by at least eight bytes a step, so no file can make the walk run in circles.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from pipeline.exceptions import TruncatedVideo, UnreadableVideo

# A day in fragments of one second has about 350,000 boxes.
MAX_BOXES = 1_000_000
# The largest honest table: 24 hours at 60 frames a second, eight bytes each, is 42 MB.
MAX_PAYLOAD = 64 * 1024 * 1024


@dataclass(frozen=True)
class Box:
    """kind: the four bytes of the type. The content is the bytes from payload up to end."""

    kind: bytes
    payload: int
    end: int


class BoxReader:
    """Reads the boxes of one file. A context manager that closes it.

    Raises UnreadableVideo if there is no such file.
    """

    def __init__(self, path: Path) -> None:
        try:
            self._file = path.open("rb")
        except OSError as error:
            raise UnreadableVideo("The video file cannot be opened.") from error
        self.size = os.fstat(self._file.fileno()).st_size
        self._count = 0

    def __enter__(self) -> "BoxReader":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._file.close()

    def top_level(self) -> Iterator[Box]:
        """Raises TruncatedVideo if a box is longer than the file."""
        return self._walk(0, self.size, top_level=True)

    def children(self, box: Box, skip: int = 0) -> Iterator[Box]:
        """The boxes in box, after `skip` bytes of its own fields."""
        return self._walk(box.payload + skip, box.end, top_level=False)

    def find(self, box: Box, *path: bytes) -> Box | None:
        """The first box below `box` that `path` leads to, level by level."""
        found: Box | None = box
        for kind in path:
            if found is None:
                return None
            found = next((child for child in self.children(found) if child.kind == kind), None)
        return found

    def content(self, box: Box, limit: int = MAX_PAYLOAD) -> bytes:
        """At most `limit` bytes of what is in the box."""
        self._file.seek(box.payload)
        return self._file.read(min(box.end - box.payload, limit))

    def content_at(self, box: Box, *path: bytes) -> bytes:
        """The content of the box that `path` leads to; empty if there is none."""
        found = self.find(box, *path)
        return self.content(found) if found else b""

    def _walk(self, start: int, end: int, top_level: bool) -> Iterator[Box]:
        position = start
        seen: set[bytes] = set()
        while end - position >= 8:
            self._count += 1
            if self._count > MAX_BOXES:
                raise UnreadableVideo("The MP4 has more boxes than an honest file can have.")
            kind, header, size = self._header(position, end)
            if top_level and not kind.isalnum() and {b"moov", b"mdat"} <= seen:
                return  # cameras pad files and append notes of their own behind the last box
            if size < header:
                raise UnreadableVideo("The MP4 is damaged: a box is shorter than its own header.")
            if position + size > end:
                if top_level:
                    raise TruncatedVideo
                raise UnreadableVideo("The MP4 is damaged: a box is longer than the one around it.")
            yield Box(kind, position + header, position + size)
            seen.add(kind)
            position += size

    def _header(self, position: int, end: int) -> tuple[bytes, int, int]:
        """The type, the length of the header and the size of the box at position."""
        self._file.seek(position)
        head = self._file.read(16)
        size, kind = int.from_bytes(head[:4], "big"), head[4:8]
        if size == 1:  # a 64-bit size follows the type
            return kind, 16, int.from_bytes(head[8:16], "big")
        if size == 0:  # up to the end
            return kind, 8, end - position
        return kind, 8, size


def has_ftyp(head: bytes) -> bool:
    """Whether a file that begins with `head` (eight bytes or more) has an `ftyp` box in front."""
    return head[4:8] == b"ftyp"
