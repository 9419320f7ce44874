"""An API that answers what a test says, to see what a client makes of it."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

JOB_ID = "1ba15ca3-1ce8-4eab-b40d-f12f2766e970"
HOST = "127.0.0.1"
KEPT_BYTES = 1_000_000


@dataclass(frozen=True)
class Reply:
    """`body` goes out as JSON unless it is bytes; a `length` other than its own breaks off."""

    status: int
    body: Any
    headers: dict[str, str] = field(default_factory=dict)
    length: int | None = None


HANG_UP = Reply(0, b"")
SUBMITTED = Reply(202, {"job_id": JOB_ID})
UNAVAILABLE = Reply(503, {"detail": "The job store is not responding."}, {"Retry-After": "0"})


def state(status: str, **more: Any) -> Reply:
    return Reply(200, {"job_id": JOB_ID, "status": status, **more})


class ScriptedApi:
    """Replies of each route in their order; the last one is given again and again."""

    def __init__(self) -> None:
        self.submit = [SUBMITTED]
        self.status = [state("pending"), state("running"), state("completed")]
        self.results = [Reply(200, {"job_id": JOB_ID, "results": []})]
        self.uploads: list[bytes] = []
        self.headers: list[Message] = []  # of the uploads
        self.url = ""

    def next(self, path: str) -> Reply:
        routes = {"submit": self.submit, "status": self.status, "results": self.results}
        replies = next((r for name, r in routes.items() if f"/v1/video/{name}" in path), None)
        if replies is None:
            return Reply(404, {"detail": "There is nothing at this address."})
        return replies.pop(0) if len(replies) > 1 else replies[0]


@contextmanager
def serving() -> Iterator[ScriptedApi]:
    """A scripted API that listens on a free port."""
    api = ScriptedApi()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._reply(api.next(self.path))

        def do_POST(self) -> None:
            api.headers.append(self.headers)
            api.uploads.append(self._body())
            self._reply(api.next(self.path))

        def _body(self) -> bytes:
            """The beginning of the request's body; the rest is read and forgotten."""
            left = int(self.headers["Content-Length"])
            body = self.rfile.read(min(left, KEPT_BYTES))
            left -= len(body)
            while left and (piece := self.rfile.read(min(left, KEPT_BYTES))):
                left -= len(piece)
            return body

        def _reply(self, reply: Reply) -> None:
            self.close_connection = True
            if reply is HANG_UP:
                return
            body = reply.body if isinstance(reply.body, bytes) else json.dumps(reply.body).encode()
            self.send_response(reply.status)
            length = len(body) if reply.length is None else reply.length
            for name, value in {**reply.headers, "Content-Length": str(length)}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: Any) -> None:
            """Quiet."""

    with ThreadingHTTPServer((HOST, 0), Handler) as server:
        api.url = f"http://{HOST}:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield api
        finally:
            server.shutdown()
            thread.join()
