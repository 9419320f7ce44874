"""Malformed requests: a clear answer or none, and nothing stays behind."""

from __future__ import annotations

import http.client
import io
import json
import socket
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import suppress

import psutil

from forgesyte import response_checks
from forgesyte.installation import HOST, MANAGE, Installation, wait_until
from forgesyte.tests.conftest import TINY_MP4, api_pid
from forgesyte.tests.e2e.faults import malformed
from forgesyte.tests.e2e.faults.conftest import SEED, Report, runs
from forgesyte.tests.e2e.faults.malformed import Request

ANSWER_S, SETTLED_S = 20.0, 20.0
UNFORESEEN = ("Internal Server Error", "Exception while", "uncaptured python exception")
SECRETS = [b"Traceback", b'.py"', str(MANAGE.parent).encode(), sys.prefix.encode()]


def exchange(port: int, data: bytes) -> bytes:
    """Send everything, and read until the server closes; raises TimeoutError if it does not."""
    received = b""
    with socket.create_connection((HOST, port), timeout=ANSWER_S) as client:
        with suppress(OSError):  # it may answer and close before it has read everything
            client.sendall(data)
            client.shutdown(socket.SHUT_WR)
        with suppress(ConnectionResetError):
            while piece := client.recv(65536):
                received += piece
    return received


class Received(io.BytesIO):
    """What a server sent, as the socket that http.client reads."""

    def makefile(self, mode: str) -> Received:
        return self

    def close(self) -> None:
        """There may be more answers behind this one."""


def replies(data: bytes, method: str) -> Iterator[tuple[int, str, bytes]]:
    """Status, headers and body of each answer; raises HTTPException for anything else."""
    received = Received(data)
    while received.tell() < len(data):
        reply = http.client.HTTPResponse(received, method=method)  # type: ignore[arg-type]
        reply.begin()
        yield reply.status, str(reply.headers), reply.read()
        method = "GET"


def fault_of(
    request: Request, status: int, headers: str, body: bytes, secrets: list[bytes]
) -> str | None:
    """What is wrong with an answer: its status, its form, or that it tells of the machine."""
    data, allowed = request
    if status not in allowed:
        return f"{status} {body[:120]!r}"
    if any(secret in headers.encode() + body for secret in secrets):
        return f"tells of the machine: {body[:300]!r}"
    path = [*data.split(b"\r\n")[0].split(b" "), b""][1]
    of_the_server = body.startswith(b"<html>\n  <head>\n    <title>")  # no view was reached
    if status < 400 or not body or of_the_server or not path.startswith((b"/v1/", b"/video/")):
        return None
    with suppress(ValueError):
        told = json.loads(body)
        if "json" in headers and list(told) == ["detail"] and isinstance(told["detail"], str):
            return None
    return f"no JSON detail: {body[:120]!r}"


class Site:
    """An API with one job that waits; no worker runs."""

    def __init__(self, installation: Installation) -> None:
        self._installation, self._accepted = installation, 0
        with installation.client() as client:
            self.job_id = response_checks.submitted(client.submit(TINY_MP4))
            for path in [*["/", f"/v1/video/status/{self.job_id}"] * 16, f"/jobs/{self.job_id}"]:
                client.get(path)
        self._secrets = [*SECRETS, str(installation.data_dir).encode()]
        self._before = self._there()

    def ask(self, requests: Iterable[Request], *, exact: bool) -> tuple[Counter[str], list[str]]:
        """The statuses, and what is wrong. exact: every request has to be answered."""
        statuses, wrong = Counter[str](), []
        for request in requests:
            data = request[0]
            method = data.split(b" ")[0].strip().decode("latin-1")
            try:
                answers = [*replies(exchange(self._installation.port, data), method)]
            except (OSError, http.client.HTTPException) as error:
                # The server knows better whether a changed HEAD still is one.
                wrong += [f"{error!r} to {data[:200]!r}"] if exact or method != "HEAD" else []
                continue
            statuses.update([str(status) for status, _, _ in answers] or ["none"])
            found = [fault_of(request, *answer, self._secrets) for answer in answers]
            found += ["no answer"] if exact and not answers else []
            wrong += [f"{fault} to {data[:200]!r}" for fault in found if fault]
        self._accepted += statuses["202"]
        return statuses, wrong

    def settle(self) -> None:
        """Fails if anything is left, or unforeseen errors were logged."""
        wait_until(lambda: not self._there() - self._before, SETTLED_S, "something is left")
        log = self._installation.log()
        assert not any(sign in log for sign in UNFORESEEN), log[-2000:]

    def _there(self) -> Counter[str]:
        data, process = self._installation.data_dir, psutil.Process(api_pid(self._installation))
        # The store's connections are kept by the threads that made them.
        return Counter(
            temporary_files=len(list((data / "tmp").glob("*"))),
            videos=len(list((data / "video_jobs").glob("*.mp4"))) - self._accepted,
            open_files=process.num_fds() - len(process.net_connections("unix")),
        )


@runs(short=120, full=3000)
def test_malformed_requests(count: int, installation: Installation, report: Report) -> None:
    installation.start_api()
    site = Site(installation)
    by_hand, wrong = site.ask(malformed.malformed(), exact=True)
    changed, more = site.ask(malformed.mutations(count, SEED, site.job_id.encode()), exact=False)
    report(statuses=by_hand + changed, wrong=[*wrong, *more][:10])
    assert not wrong, "\n".join(wrong)
    assert not more, "\n".join(more)
    site.settle()
