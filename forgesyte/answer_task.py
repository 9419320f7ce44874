"""How answers go out.

Those to HEAD are heads alone: waitress leaves that to the application, Django to the server. A
body behind one would be taken for the answer to the next request of the connection.

Of all others the head goes out with the first piece of the body: waitress sends them one by one
and wakes its loop up twice, a third of the time of a short answer.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO, Any

from waitress.task import WSGITask


class AnswerTask(WSGITask):  # type: ignore[misc]
    """Runs the application for one request."""

    wrote_header: bool

    @property
    def _head_only(self) -> bool:
        return bool(self.request.command == "HEAD")

    def get_environment(self) -> dict[str, Any]:
        environ: dict[str, Any] = super().get_environment()
        if self._head_only:
            environ["wsgi.file_wrapper"] = UnsentFile
        return environ

    def write(self, data: bytes) -> None:
        if self._head_only:
            super().write(b"")
            self.content_bytes_written = self.content_length or 0
            return
        if data and self.complete and self.has_body and not self.wrote_header:
            self.channel.head = self.build_response_header()
            self.wrote_header = True
        super().write(data)
        if self.channel.head:  # no byte of the body was to be sent
            self.channel.write_soon(b"")

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
