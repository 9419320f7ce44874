"""The HTTP API from a client's side."""

from __future__ import annotations

import time
from collections.abc import Callable
from io import FileIO
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import urlsplit

import httpx

FINAL = ("completed", "failed")
POLL_S = 0.02
FAILURES = (httpx.TransportError, OSError)


class ApiClient:
    """Calls one API over connections that are kept open; a context manager that closes them.

    url: as a person writes it, such as http://host:8000; ValueError if it is not the address of a
    web server. Methods raise httpx.TransportError when the connection fails.
    """

    def __init__(
        self, url: str, timeout: float = 30.0, upload_timeout: float | None = None
    ) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("it has to begin with http:// or https:// and name a host")
        if parts.query or parts.fragment or parts.username is not None or parts.port == 0:
            raise ValueError("only a host, a port and a path may stand in it")
        if not (url.isascii() and url.isprintable()) or " " in url:
            raise ValueError("it holds characters that no address has")
        self.url = url.rstrip("/")
        headers = {"Accept": "application/json", "Accept-Encoding": "identity"}
        self._http = httpx.Client(
            base_url=self.url,
            headers=headers,
            timeout=timeout,
            trust_env=False,
            verify=parts.scheme == "https",  # reading the certificates takes time
        )
        self._upload_timeout = upload_timeout or timeout

    def __enter__(self) -> ApiClient:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        self._http.close()

    def get(self, path: str, accept: str = "application/json") -> httpx.Response:
        return self._http.get(path, headers={"Accept": accept})

    def status(self, job_id: str) -> httpx.Response:
        return self.get(f"/v1/video/status/{job_id}")

    def results(self, job_id: str) -> httpx.Response:
        return self.get(f"/v1/video/results/{job_id}")

    def save_results(self, job_id: str, file: BinaryIO) -> httpx.Response:
        """Write the results to `file` in pieces; the body of another answer than 200 is read."""
        with self._http.stream("GET", f"/v1/video/results/{job_id}") as response:
            if response.status_code != 200:
                response.read()
            else:
                for piece in response.iter_raw():
                    file.write(piece)
        return response

    def submit(self, video: Path, pipeline_id: str | None = None) -> httpx.Response:
        with video.open("rb") as file:
            return self.submit_file(file, video.name, pipeline_id)

    def submit_file(
        self, file: BinaryIO | FileIO, name: str, pipeline_id: str | None = None
    ) -> httpx.Response:
        """Upload a file in pieces, so its size does not matter."""
        fields = {} if pipeline_id is None else {"pipeline_id": _encodable(pipeline_id)}
        return self._http.post(
            "/v1/video/submit",
            data=fields,
            files={"file": (_encodable(name), file, "video/mp4")},
            timeout=self._upload_timeout,
        )

    def wait_for_end(
        self, job_id: str, timeout: float, changed: Callable[[str], None] = lambda status: None
    ) -> dict[str, Any]:
        """The status once the job is completed or failed; raises TimeoutError."""
        deadline, before = time.monotonic() + timeout, ""
        while True:
            answer = self.status(job_id)
            status: dict[str, Any] = answer.json() if answer.status_code == 200 else {}
            if (now := status.get("status", "")) != before:
                changed(before := now)
            if now in FINAL:
                return status
            if time.monotonic() > deadline:
                raise TimeoutError(f"Job {job_id} did not end within {timeout:g} seconds.")
            time.sleep(POLL_S)


def _encodable(text: str) -> str:
    """Bytes of an argument that the system could not decode are surrogates, which become `?`."""
    return text.encode(errors="replace").decode()
