"""Malformed requests: a clear answer or none, nothing stays behind, others are served meanwhile."""

from __future__ import annotations

import http.client
import io
import json
import socket
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import suppress

import psutil

from forgesyte import answer_checks
from forgesyte.benchmarks.figures import milliseconds
from forgesyte.installation import HOST, MANAGE, Installation, ProcessFailed, wait_until
from forgesyte.tests.conftest import TINY_MP4, api_pid
from forgesyte.tests.faults import malformed
from forgesyte.tests.faults.conftest import SEED, Report, runs
from forgesyte.tests.faults.malformed import Request

ANSWER_S, SETTLED_S, SLOWEST_S = 20.0, 20.0, 0.5
UNFORESEEN = ("Internal Server Error", "Exception while", "uncaptured python exception")


class Received(io.BytesIO):
    """What a server sent, as the socket that http.client reads."""

    def makefile(self, mode: str) -> Received:
        return self

    def close(self) -> None:
        """There may be more answers behind this one."""


def replies(data: bytes, method: str = "GET") -> Iterator[tuple[int, str, bytes]]:
    """Status, headers and body of each answer; raises HTTPException for anything else."""
    received = Received(data)
    while received.tell() < len(data):
        reply = http.client.HTTPResponse(received, method=method)  # type: ignore[arg-type]
        reply.begin()
        yield reply.status, str(reply.headers), reply.read()
        method = "GET"


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


class Site:
    """An API with one job that waits and others who poll it; no worker runs."""

    def __init__(self, installation: Installation) -> None:
        self._installation, self.port = installation, installation.port
        self.accepted, self._seconds, self._stopped = 1, list[float](), threading.Event()
        with installation.client() as client:
            self.job_id = answer_checks.submitted(client.submit(TINY_MP4))
            for path in [*["/", f"/v1/video/status/{self.job_id}"] * 16, f"/jobs/{self.job_id}"]:
                client.get(path)
        places = (installation.data_dir, MANAGE.parent, sys.prefix)
        self.secrets = [*(str(place).encode() for place in places), b"Traceback", b'.py"']
        self._before = self._there()
        self._others = threading.Thread(target=self._poll)
        self._others.start()

    def ask(self, requests: Iterable[Request], *, exact: bool) -> tuple[Counter[str], list[str]]:
        """The statuses, and what is wrong. exact: every request has to be answered."""
        statuses, wrong = Counter[str](), []
        for data, allowed in requests:
            method = data.split(b" ")[0].strip().decode("latin-1")
            try:
                answers = [*replies(exchange(self.port, data), method)]
            except (OSError, http.client.HTTPException) as error:
                # The server knows better whether a changed HEAD still is one.
                wrong += [f"{error!r} to {data[:200]!r}"] if exact or method != "HEAD" else []
                continue
            statuses.update([str(status) for status, _, _ in answers] or ["none"])
            found = [fault_of(data, allowed, *answer, self.secrets) for answer in answers]
            found += ["no answer"] if exact and not answers else []
            wrong += [f"{fault} to {data[:200]!r}" for fault in found if fault]
        self.accepted += statuses["202"]
        return statuses, wrong

    def settle(self) -> dict[str, float]:
        """How long others waited; fails if anything is left, or unforeseen errors were logged."""
        self._stopped.set()
        self._others.join()
        with suppress(ProcessFailed):
            wait_until(lambda: not self._left(), SETTLED_S, "something is left")
        assert not self._left()
        log = self._installation.log()
        assert not any(sign in log for sign in UNFORESEEN), log[-2000:]
        assert len(self._seconds) > 1 and max(self._seconds) <= SLOWEST_S
        return milliseconds(self._seconds)

    def _poll(self) -> None:
        while not self._stopped.wait(0.02):
            with self._installation.client() as client:
                begun = time.perf_counter()
                answer_checks.status(client.status(self.job_id), self.job_id)
                self._seconds.append(time.perf_counter() - begun)

    def _there(self) -> Counter[str]:
        data, process = self._installation.data_dir, psutil.Process(api_pid(self._installation))
        # The store's connections are kept by the threads that made them.
        return Counter(
            temporary_files=len(list((data / "tmp").glob("*"))),
            videos=len({path.name[:36] for path in (data / "video_jobs").glob("*")})
            - self.accepted,
            open_files=process.num_fds() - len(process.net_connections("unix")),
        )

    def _left(self) -> Counter[str]:
        """What there is more than before."""
        return self._there() - self._before


def fault_of(
    data: bytes,
    allowed: Iterable[int],
    status: int,
    headers: str,
    body: bytes,
    secrets: list[bytes],
) -> str | None:
    """What is wrong with an answer: its status, its form, or that it tells of the machine."""
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


@runs(short=120, full=3000)
def test_malformed_requests(count: int, installation: Installation, report: Report) -> None:
    installation.start_api()
    site = Site(installation)
    by_hand, wrong = site.ask(malformed.malformed(), exact=True)
    changed, more = site.ask(malformed.mutations(count, SEED, site.job_id.encode()), exact=False)
    report(statuses=by_hand + changed, wrong=[*wrong, *more][:10], others=site.settle())
    assert not wrong, "\n".join(wrong)
    assert not more, "\n".join(more)
