"""The HTTP API from a client's side, with the standard library alone."""

from __future__ import annotations

import http.client
import json
import secrets
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

CHUNK_BYTES = 64 * 1024
FINAL = ("completed", "failed")
POLL_S = 0.02


@dataclass(frozen=True)
class Answer:
    """An HTTP answer; header names are in small letters."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        """The body parsed; raises ValueError if it is not JSON."""
        return json.loads(self.body)


class ApiClient:
    """Calls one API over one connection that is kept open; used by one thread.

    A context manager that closes it. Every method raises OSError or
    http.client.HTTPException when the connection fails; the next call opens another.
    """

    def __init__(self, host: str, port: int, timeout: float = 30.0) -> None:
        self.url = f"http://{host}:{port}"
        self._connection = http.client.HTTPConnection(host, port, timeout=timeout)

    def __enter__(self) -> ApiClient:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._connection.close()

    def get(self, path: str, accept: str = "application/json") -> Answer:
        return self._ask("GET", path, None, {"Accept": accept})

    def status(self, job_id: str) -> Answer:
        return self.get(f"/v1/video/status/{job_id}")

    def results(self, job_id: str) -> Answer:
        return self.get(f"/v1/video/results/{job_id}")

    def submit(self, video: Path, pipeline_id: str | None = None) -> Answer:
        """Upload a file in pieces, so its size does not matter."""
        with video.open("rb") as file:
            pieces = iter(lambda: file.read(CHUNK_BYTES), b"")
            return self.submit_pieces(pieces, video.stat().st_size, video.name, pipeline_id)

    def submit_pieces(
        self, pieces: Iterable[bytes], size: int, name: str, pipeline_id: str | None = None
    ) -> Answer:
        """Upload `size` bytes that come in pieces, as multipart/form-data (RFC 7578)."""
        boundary = secrets.token_hex(16)
        fields = {} if pipeline_id is None else {"pipeline_id": pipeline_id}
        head = "".join(
            f'--{boundary}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'
            for key, value in fields.items()
        )
        head += (
            f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'
            "Content-Type: video/mp4\r\n\r\n"
        )
        opening, closing = head.encode(), f"\r\n--{boundary}--\r\n".encode()
        headers = {
            "Content-Type": f"multipart/form-data; boundary={boundary}",
            "Content-Length": str(len(opening) + size + len(closing)),
            "Accept": "application/json",
        }
        body = _joined(opening, pieces, closing)
        return self._ask("POST", "/v1/video/submit", body, headers)

    def wait_for_end(self, job_id: str, timeout: float) -> dict[str, Any]:
        """The status once the job is completed or failed; raises TimeoutError."""
        deadline = time.monotonic() + timeout
        while True:
            answer = self.status(job_id)
            status: dict[str, Any] = answer.json() if answer.status == 200 else {}
            if status.get("status") in FINAL:
                return status
            if time.monotonic() > deadline:
                raise TimeoutError(f"Job {job_id} did not end within {timeout:g} seconds.")
            time.sleep(POLL_S)

    def _ask(
        self, method: str, path: str, body: Iterable[bytes] | None, headers: dict[str, str]
    ) -> Answer:
        try:
            # A server may refuse a body before it has read it whole: its answer still counts.
            with suppress(BrokenPipeError, ConnectionResetError):
                self._connection.request(method, path, body, headers)
            response = self._connection.getresponse()
            content = response.read()
        except (OSError, http.client.HTTPException):
            self._connection.close()
            raise
        names = {name.lower(): value for name, value in response.getheaders()}
        return Answer(response.status, names, content)


def _joined(opening: bytes, pieces: Iterable[bytes], closing: bytes) -> Iterator[bytes]:
    yield opening
    yield from pieces
    yield closing
