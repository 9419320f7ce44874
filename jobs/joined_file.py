"""Several files read as one."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import IO


class JoinedFile(io.RawIOBase):
    """The parts one after the other, read only and seekable, without copying them.

    A WSGI server can therefore send it as it sends any file, with its length known.
    """

    def __init__(self, parts: Sequence[IO[bytes]]) -> None:
        self._parts = list(parts)
        self._ends: list[int] = []
        end = 0
        for part in self._parts:
            end += part.seek(0, io.SEEK_END)
            self._ends.append(end)
        self._position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        origin = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._ends[-1]}
        self._position = max(0, origin[whence] + offset)
        return self._position

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        start = 0
        for part, end in zip(self._parts, self._ends, strict=True):
            if self._position < end:
                part.seek(self._position - start)
                data = part.read(min(len(buffer), end - self._position))
                buffer[: len(data)] = data
                self._position += len(data)
                return len(data)
            start = end
        return 0

    def close(self) -> None:
        for part in self._parts:
            part.close()
        super().close()
