"""A client of the HTTP API."""

from __future__ import annotations

import netrc
import os
import re
import ssl
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from io import FileIO
from pathlib import Path
from typing import Any, BinaryIO

import httpx

from forgesyte.exposure import is_local

FINAL = ("completed", "failed")
FAILURES = (httpx.RequestError, OSError)
# The pause between two polls is a tenth of the time waited so far, within these bounds.
FIRST_POLL_S, LAST_POLL_S = 0.02, 2.0
PATIENCE_S = 60.0  # how long polling continues while the server does not respond
DIRECT = {"all://": None, "http://": None, "https://": None}


class ClientError(Exception):
    """A call cannot succeed, and the message says why. exit_code: of `manage.py submit`."""

    exit_code = 2


class JobFailed(ClientError):
    """The job failed, or is gone."""

    exit_code = 1


class Unavailable(ClientError):
    """The server cannot be reached, or cannot do it now."""

    exit_code = 3


@dataclass(frozen=True)
class State:
    """A job's status. trouble: why the last request failed, or empty."""

    status: str
    error_message: str = ""
    trouble: str = ""


class ApiClient:
    """An API client with persistent connections; a context manager that closes them.

    url: HOST:PORT or https://USER:PASSWORD@HOST/PREFIX. cacert: a PEM file of trusted authorities.
    For remote servers, proxies of the environment and passwords of ~/.netrc are used.

    Raises ClientError for invalid arguments. Methods raise one of FAILURES if the connection fails.
    """

    def __init__(
        self,
        url: str,
        timeout: float = 30.0,
        upload_timeout: float | None = None,
        headers: Mapping[str, str] | None = None,
        cacert: Path | None = None,
    ) -> None:
        address = _address(url)
        self.url = str(address.copy_with(username=None, password=None)).rstrip("/")
        here = is_local(address.host)
        self._http = httpx.Client(
            base_url=self.url,
            auth=_auth(address, here=here),
            headers={
                "Accept": "application/json",
                "Accept-Encoding": "identity" if here else "gzip",
                **(headers or {}),
            },
            timeout=timeout,
            mounts=DIRECT if here else None,
            verify=address.scheme == "https" and _verified(cacert),
        )
        self._upload_timeout = upload_timeout or timeout

    def __enter__(self) -> ApiClient:
        return self

    def __exit__(self, *error: object) -> None:
        self._http.close()

    def get(self, path: str, accept: str = "application/json") -> httpx.Response:
        return self._http.get(path, headers={"Accept": accept})

    def status(self, job_id: str) -> httpx.Response:
        return self.get(f"/v1/video/status/{job_id}")

    def results(self, job_id: str, file: BinaryIO | None = None) -> httpx.Response:
        """file: receives the body of a 200, in chunks; otherwise the response contains it."""
        with self._http.stream("GET", f"/v1/video/results/{job_id}") as response:
            if file is None or response.status_code != 200:
                response.read()
            else:
                for piece in response.iter_bytes():
                    file.write(piece)
        return response

    def submit(self, video: Path, pipeline_id: str | None = None) -> httpx.Response:
        with video.open("rb") as file:
            return self.submit_file(file, video.name, pipeline_id)

    def submit_file(
        self, file: BinaryIO | FileIO, name: str, pipeline_id: str | None = None
    ) -> httpx.Response:
        """Upload a file in chunks, so any size works."""
        fields = {} if pipeline_id is None else {"pipeline_id": _encodable(pipeline_id)}
        return self._http.post(
            "/v1/video/submit",
            data=fields,
            files={"file": (_encodable(name), file, "video/mp4")},
            timeout=self._upload_timeout,
        )

    def states(self, job_id: str) -> Iterator[State]:
        """Poll the job's state until it is completed or failed.

        Raises JobFailed if the job is gone, and Unavailable after PATIENCE_S without a response.
        """
        started = last_response = time.monotonic()
        state = State("pending")
        while state.status not in FINAL:
            yield (state := self._state(job_id, state.status))
            now = time.monotonic()
            last_response = last_response if state.trouble else now
            if now - last_response > PATIENCE_S:
                silence = f"{self.url} has not answered for {PATIENCE_S:g} seconds"
                raise Unavailable(f"{silence}: {state.trouble}")
            if state.status not in FINAL:
                time.sleep(min(max(FIRST_POLL_S, (now - started) / 10), LAST_POLL_S))

    def wait_for_end(self, job_id: str, timeout: float) -> State:
        """Wait until the job is completed or failed; raises TimeoutError."""
        deadline, state = time.monotonic() + timeout, State("")
        for state in self.states(job_id):
            if state.status not in FINAL and time.monotonic() > deadline:
                raise TimeoutError(f"Job {job_id} did not end within {timeout:g} seconds.")
        return state

    def _state(self, job_id: str, status: str) -> State:
        try:
            response = self.status(job_id)
        except FAILURES as error:
            return State(status, trouble=reason(error))
        if response.status_code == 404:
            raise JobFailed(f"The job {job_id} is gone: {detail(response) or 'status 404'}")
        try:
            body: Any = response.json()
            return State(str(body["status"]), str(body.get("error_message") or ""))
        except (ValueError, KeyError, TypeError, AttributeError):
            return State(status, trouble=detail(response) or f"It returned {response.status_code}.")


def detail(response: httpx.Response) -> str:
    """The `detail` of an API error; "" for other responses."""
    try:
        return str(response.json()["detail"])
    except (ValueError, KeyError, TypeError):
        return ""


def reason(error: Exception) -> str:
    """A connection error as a sentence."""
    return re.sub(r"^\[Errno -?\d+\] ", "", str(error) or type(error).__name__).rstrip(".") + "."


def _address(url: str) -> httpx.URL:
    try:
        address = httpx.URL(url if "://" in url else f"http://{url}")
    except httpx.InvalidURL as error:
        raise ClientError(f"{url!r} is not the address of a server: {error}.") from None
    if address.scheme not in ("http", "https") or not re.fullmatch(r"[^%]+", address.host):
        wrong = "it has to name a host, after http:// or https:// if anything"
    elif not 0 < (1 if address.port is None else address.port) < 65536:
        wrong = "there is no such port"
    elif address.query or address.fragment:
        wrong = "only a host, a port and a path may stand in it"
    else:
        return address
    raise ClientError(f"{url!r} is not the address of a server: {wrong}.")


def _auth(address: httpx.URL, *, here: bool) -> httpx.Auth | None:
    """The credentials in the URL, or those for the host in ~/.netrc."""
    if address.username or address.password:
        return httpx.BasicAuth(address.username, address.password)
    file = Path(os.environ.get("NETRC") or Path.home() / ".netrc")
    if here or not file.is_file():
        return None
    try:
        return httpx.NetRCAuth(str(file))
    except (OSError, netrc.NetrcParseError) as error:
        raise ClientError(f"{file} cannot be read: {error}.") from error


def _verified(cacert: Path | None) -> ssl.SSLContext | bool:
    if cacert is None:
        return True
    try:
        return ssl.create_default_context(cafile=cacert)
    except OSError as error:  # SSLError is one
        raise ClientError(
            f"{cacert} is not a file of certificates (PEM): {error.strerror}."
        ) from error


def _encodable(text: str) -> str:
    """Replace surrogates, which stand for undecodable bytes of an argument, by `?`."""
    return text.encode(errors="replace").decode()
