"""Answers to HEAD are heads alone: waitress leaves that to the application, Django to the server.

A body behind one would be taken for the answer to the next request of the connection.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO, Any

from waitress.task import WSGITask


class AnswerTask(WSGITask):  # type: ignore[misc]
    """Runs the application for one request."""

    @property
    def _head_only(self) -> bool:
        return bool(self.request.command == "HEAD")

    def get_environment(self) -> dict[str, Any]:
        environ: dict[str, Any] = super().get_environment()
        if self._head_only:
            environ["wsgi.file_wrapper"] = UnsentFile
        return environ

    def write(self, data: bytes) -> None:
        if not self._head_only:
            super().write(data)
            return
        super().write(b"")
        self.content_bytes_written = self.content_length or 0

    def finish(self) -> None:
        if self._head_only:
            self.write(b"")
            self.chunked_response = False
        super().finish()


class UnsentFile:
    """A file that is closed without being read."""

    def __init__(self, file: IO[bytes], block_size: int = 0) -> None:
        self.close = file.close

    def __iter__(self) -> Iterator[bytes]:
        return iter(())
