"""The HTTP API from a client's side, with the standard library alone."""

from __future__ import annotations

import http.client
import json
import secrets
import shutil
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO
from urllib.parse import urlsplit

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

    def __init__(
        self, host: str, port: int, timeout: float = 30.0, *, secure: bool = False, path: str = ""
    ) -> None:
        kind = http.client.HTTPSConnection if secure else http.client.HTTPConnection
        scheme, name = "https" if secure else "http", f"[{host}]" if ":" in host else host
        self.url = f"{scheme}://{name}:{port}{path}"
        self._path = path
        self._connection = kind(host, port, timeout=timeout)

    @classmethod
    def at(cls, url: str, timeout: float = 30.0) -> ApiClient:
        """A client of the API at an address as a person writes it, such as http://host:8000.

        Raises ValueError if that is not the address of a web server.
        """
        parts = urlsplit(url)
        secure, port = parts.scheme == "https", parts.port
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("it has to begin with http:// or https:// and name a host")
        if parts.query or parts.fragment or parts.username is not None:
            raise ValueError("only a host, a port and a path may stand in it")
        if not (url.isascii() and url.isprintable()) or " " in url:
            raise ValueError("it holds characters that no address has")
        port = port or (443 if secure else 80)
        return cls(parts.hostname, port, timeout, secure=secure, path=parts.path.rstrip("/"))

    def __enter__(self) -> ApiClient:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._connection.close()

    def connect(self) -> None:
        """Open a connection now; raises OSError if there is no server."""
        self._connection.close()
        self._connection.connect()

    def get(self, path: str, accept: str = "application/json") -> Answer:
        return self._ask("GET", path, None, {"Accept": accept})

    def status(self, job_id: str) -> Answer:
        return self.get(f"/v1/video/status/{job_id}")

    def results(self, job_id: str) -> Answer:
        return self.get(f"/v1/video/results/{job_id}")

    def save_results(self, job_id: str, file: BinaryIO) -> Answer:
        """Write the results to `file` in pieces; the body of another answer than 200 is read."""
        headers = {"Accept": "application/json"}
        return self._ask("GET", f"/v1/video/results/{job_id}", None, headers, file)

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
            f'--{boundary}\r\nContent-Disposition: form-data; name="file"; '
            f'filename="{_quoted(name)}"\r\nContent-Type: video/mp4\r\n\r\n'
        )
        # A name or an id that the system does not know how to read has surrogates in it.
        opening, closing = head.encode(errors="replace"), f"\r\n--{boundary}--\r\n".encode()
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
        self,
        method: str,
        path: str,
        body: Iterable[bytes] | None,
        headers: dict[str, str],
        file: BinaryIO | None = None,
    ) -> Answer:
        try:
            # A server may refuse a body before it has read it whole: its answer still counts.
            with suppress(BrokenPipeError, ConnectionResetError):
                self._connection.request(method, self._path + path, body, headers)
            response = self._connection.getresponse()
            content = _save(response, file) if file and response.status == 200 else response.read()
        except (OSError, http.client.HTTPException):
            self._connection.close()
            raise
        names = {name.lower(): value for name, value in response.getheaders()}
        return Answer(response.status, names, content)


def _joined(opening: bytes, pieces: Iterable[bytes], closing: bytes) -> Iterator[bytes]:
    yield opening
    yield from pieces
    yield closing


def _quoted(name: str) -> str:
    """A file name inside quotes, as browsers send it (HTML standard, multipart/form-data)."""
    return name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")


def _save(response: http.client.HTTPResponse, file: BinaryIO) -> bytes:
    shutil.copyfileobj(response, file, CHUNK_BYTES)
    if response.length:  # what Content-Length announced and did not come
        raise http.client.IncompleteRead(b"", response.length)
    return b""
