"""The web server: waitress, one process, threads, with the API's own errors.

waitress reads each request whole before a thread sees it, to disk beyond a few kilobytes, so
slow clients hold no thread. What it refuses by itself is answered as the API answers: JSON.
"""

from __future__ import annotations

import json
import logging
import resource
import socket
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from http import HTTPStatus
from pathlib import Path
from typing import Any

from waitress.adjustments import Adjustments
from waitress.server import TcpWSGIServer
from waitress.task import ErrorTask
from waitress.utilities import Error

from forgesyte.answer_task import AnswerTask
from forgesyte.channel import PatientChannel
from forgesyte.strict_parser import StrictParser
from jobs.disk import refused
from jobs.exceptions import JobsError

logger = logging.getLogger(__name__)
# waitress warns of each request that waits for a thread: a line a request, under load.
logging.getLogger("waitress.queue").setLevel(logging.ERROR)

# Requests stay in memory up to this size; larger ones go to a file in the data folder.
IN_MEMORY_BYTES = 64 * 1024
# A response goes to a temporary file beyond 1 MiB, so a slow reader holds no thread either.
OUT_HIGH_WATERMARK = 1 << 40
# Browsers send a machine's cookies to each of its ports, so the head has more room than it needs;
# waitress looks through it anew with each piece that arrives, so it has not much more.
MAX_HEAD_BYTES = 64 * 1024
MAX_CONNECTIONS = 1000
FILES_A_CONNECTION = 3
OWN_FILES = 200
CLEANUP_S = 1
# Of those that are too slow, each time: the answers of others would wait behind theirs.
MOST_REFUSED_AT_ONCE = 20


class BodyRefused(Error):  # type: ignore[misc]
    """The request's body cannot be written: 507 for want of room (RFC 4918, 11.5), 503 else."""

    def __init__(self, cause: JobsError) -> None:
        super().__init__(str(cause))
        self.code = cause.http_status
        self.reason = HTTPStatus(cause.http_status).phrase


class RequestParser(StrictParser):
    """Answers 507 or 503 when the body cannot be written; waitress would hang up."""

    def received(self, data: bytes) -> int:
        try:
            return super().received(data)
        except OSError as error:
            logger.error("A request's body cannot be written: %s", error)
            self.error = BodyRefused(refused(error))
            self.completed = True
            return len(data)

    def close(self) -> None:
        with suppress(OSError):  # what could not be written cannot be written here either
            super().close()


class JsonErrorTask(ErrorTask):  # type: ignore[misc]
    """An error of the server itself in the API's form."""

    def execute(self) -> None:
        error = self.request.error
        detail = getattr(error, "detail", None) or self._detail(error)
        body = json.dumps({"detail": detail}).encode()
        asks_for_head = getattr(self.request, "first_line", b"").startswith(b"HEAD ")
        self.status = f"{error.code} {error.reason}"
        self.response_headers.append(("Content-Type", "application/json"))
        self.set_close_on_finish()
        self.content_length = len(body)
        self.write(b"" if asks_for_head else body)

    def _detail(self, error: Error) -> str:
        if error.code == 413:
            limit: int = self.channel.server.max_upload_bytes
            return f"The upload is larger than this server accepts ({limit} bytes)."
        if isinstance(error, BodyRefused):
            return str(error.body)
        return f"The request cannot be answered: {error.reason}."


class Channel(PatientChannel):
    parser_class = RequestParser
    task_class = AnswerTask
    error_task_class = JsonErrorTask


class Server(TcpWSGIServer):  # type: ignore[misc]
    """waitress's server on a socket that listens already."""

    channel_class = Channel
    max_upload_bytes: int
    _is_stopped = False

    def stop(self) -> None:
        """End `run`. For signal handlers: what they raise is lost in a destructor."""
        self._is_stopped = True
        self.pull_trigger()

    def readable(self) -> bool:
        """Asked in each pass of the loop."""
        if self._is_stopped:
            raise SystemExit(0)
        return bool(super().readable())

    def handle_accept(self) -> None:
        """Let all in who wait; waitress takes one for each look at all the others."""
        connections = -1
        while connections < len(self._map) < self.adj.connection_limit:
            connections = len(self._map)
            super().handle_accept()

    def maintenance(self, now: float) -> None:
        super().maintenance(now)
        refused = 0
        for channel in list(self.active_channels.values()):
            refused += channel.refuse_if_overdue(time.monotonic())
            if refused == MOST_REFUSED_AT_ONCE:
                break


def make_server(
    application: Callable[..., Any],
    *,
    host: str,
    port: int,
    threads: int,
    max_upload_bytes: int,
    framing_bytes: int,
    temp_folder: Path,
) -> Server:
    """A bound server; `run()` serves until `stop()`, SystemExit or KeyboardInterrupt.

    Raises OSError if the address cannot be used.
    """
    # waitress spools bodies with `tempfile`; the data folder's disk is the one that is watched.
    tempfile.tempdir = str(temp_folder)
    adjustments = Adjustments(
        threads=threads,
        ident=None,
        max_request_header_size=MAX_HEAD_BYTES,
        max_request_body_size=max_upload_bytes + framing_bytes,
        recv_bytes=IN_MEMORY_BYTES,
        inbuf_overflow=IN_MEMORY_BYTES,
        outbuf_high_watermark=OUT_HIGH_WATERMARK,
        connection_limit=_connections(),
        cleanup_interval=CLEANUP_S,
        asyncore_use_poll=True,
        clear_untrusted_proxy_headers=True,
    )
    socket_ = _listen(host, port)
    address = (socket_.family, socket_.type, socket_.proto, socket_.getsockname())
    server = Server(
        application, _sock=socket_, bind_socket=False, sockinfo=address, adj=adjustments
    )
    server.max_upload_bytes = max_upload_bytes
    return server


def _connections() -> int:
    """How many at a time: each can take a socket and two files, beside those of the process.

    The soft limit of open files, often 1024, is raised as far as that needs and the hard one lets.
    """
    wanted = MAX_CONNECTIONS * FILES_A_CONNECTION + OWN_FILES
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return max(1, min(MAX_CONNECTIONS, (soft - OWN_FILES) // FILES_A_CONNECTION))


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family, backlog=1024)
