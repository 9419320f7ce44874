"""The web server against clients that are slow, ambiguous or without bounds."""

from __future__ import annotations

import io
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from waitress.adjustments import Adjustments

from forgesyte import channel, strict_parser
from forgesyte import server as server_module
from forgesyte.server import RequestParser, Server, make_server

LIMIT = 20_000
POST = b"POST /x HTTP/1.1\r\nHost: localhost\r\n"


class Ask:
    """Sends bytes to a server, and gets all that it answers until it closes."""

    def __init__(self, address: tuple[str, int]) -> None:
        self._address = address

    def connect(self) -> socket.socket:
        return socket.create_connection(self._address, timeout=20)

    def __call__(self, data: bytes) -> bytes:
        with self.connect() as client:
            client.sendall(data)
            return b"".join(iter(lambda: client.recv(65536), b""))


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
    """Says how it was asked, and how long the body was."""
    read = environ["wsgi.input"].read()
    told = f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']} {len(read)}\n".encode()
    headers = [] if "unknown" in environ["PATH_INFO"] else [("Content-Length", str(len(told)))]
    start_response("200 OK", headers)
    file = "file" in environ["PATH_INFO"]
    return environ["wsgi.file_wrapper"](io.BytesIO(told)) if file else [told]


def bound_server(folder: Path) -> Server:
    return make_server(
        application,
        host="127.0.0.1",
        port=0,
        threads=2,
        max_upload_bytes=LIMIT,
        framing_bytes=0,
        temp_folder=folder,
    )


@contextmanager
def serving(folder: Path) -> Iterator[Ask]:
    server = bound_server(folder)
    thread = threading.Thread(target=server.run)
    thread.start()

    try:
        yield Ask(server.socket.getsockname())
    finally:
        # Its loop ends when nothing is left to wait for.
        server.trigger.pull_trigger(lambda: server.asyncore.close_all(server._map))
        thread.join()
        server.task_dispatcher.shutdown()


@pytest.fixture(scope="module")
def ask(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ask]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tempfile.tempdir", None)
        with serving(tmp_path_factory.mktemp("spool")) as ask:
            yield ask


def refused(answer: bytes, status: int) -> bool:
    """Whether this is one answer, with this status, in the API's form."""
    head, _, body = answer.partition(b"\r\n\r\n")
    return head.split(b" ")[1] == str(status).encode() and list(json.loads(body)) == ["detail"]


@pytest.mark.parametrize(
    "fields",
    [
        b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
        b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
        b"Transfer-Encoding: chunked, chunked\r\n",
        b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
        b"Transfer-Encoding:\r\n chunked\r\n",
        b"Transfer-Encoding: \r\n",
        b"Content-Length: 5, 5\r\n",
        b"Content-Length: " + b"9" * 5000 + b"\r\n",
    ],
)
def test_a_request_of_ambiguous_length_is_refused(ask: Ask, fields: bytes) -> None:
    assert refused(ask(POST + fields + b"\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\n\r\n"), 400)


@pytest.mark.parametrize(
    "line",
    [b"POST /x HTTP/1.0", b"PRI * HTTP/2.0", b"GET http://[/x HTTP/1.1", b"GET / HTTP/1.1 x"],
)
def test_a_first_line_that_is_none_of_this_server_is_refused(ask: Ask, line: bytes) -> None:
    assert refused(ask(line + b"\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"), 400)


def test_a_chunked_body_arrives(ask: Ask) -> None:
    chunked = POST + b"Connection: close\r\nTransfer-Encoding: Chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
    assert ask(chunked).endswith(b"\r\n\r\nPOST /x 3\n")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"%x\r\n" % LIMIT, 413),
        (b"f" * 500 + b"\r\n", 413),
        (b"1\r\na\r\n" * LIMIT, 413),
        (b"1" * 2000, 400),
        (b"1;" + b"a" * 2000, 400),
        (b"0\r\n" + b"X: y\r\n" * 2000, 400),
    ],
)
def test_a_chunked_body_without_bounds_is_refused(ask: Ask, body: bytes, status: int) -> None:
    assert refused(ask(POST + b"Transfer-Encoding: chunked\r\n\r\n" + body), status)


def test_nobody_is_told_to_go_on_with_what_is_refused_already(ask: Ask) -> None:
    expect = b"Expect: 100-continue\r\n"
    assert refused(ask(POST + expect + b"Content-Length: %d\r\n\r\n" % LIMIT), 413)
    without = b"GET /x HTTP/1.1\r\nConnection: close\r\n" + expect + b"\r\n"
    assert ask(without).endswith(b"GET /x 0\n")
    small = POST + expect + b"Connection: close\r\nContent-Length: 2\r\n\r\nab"
    assert ask(small).startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n")


@pytest.mark.parametrize("path", [b"/x", b"/file", b"/unknown", b"/file/unknown"])
def test_an_answer_to_head_has_no_body(ask: Ask, path: bytes) -> None:
    first = b"HEAD " + path + b" HTTP/1.1\r\nHost: localhost\r\n\r\n"
    answer = ask(first + b"GET /y HTTP/1.1\r\nConnection: close\r\n\r\n")
    head, _, rest = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 OK")
    assert (b"Content-Length" in head) == (path != b"/file/unknown")
    assert rest == b"" if b"close" in head else rest.endswith(b"\r\n\r\nGET /y 0\n")


@pytest.mark.parametrize(
    "sent",
    [
        b"GET /x HTTP/1.1\r\nHost: local",
        POST + b"Content-Length: 9000\r\n\r\nabc",
        POST + b"Transfer-Encoding: chunked\r\n\r\n5\r\nab",
    ],
)
def test_a_request_that_does_not_come_is_answered_with_408(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sent: bytes
) -> None:
    monkeypatch.setattr("tempfile.tempdir", None)
    monkeypatch.setattr(strict_parser, "PATIENCE_S", 0.05)
    monkeypatch.setattr(server_module, "CLEANUP_S", 0)
    with serving(tmp_path) as ask:
        assert refused(ask(sent), 408)


def test_an_answer_is_not_lost_when_the_rest_of_the_request_is_not_read(ask: Ask) -> None:
    for _ in range(20):
        assert refused(ask(b"GET / HTTP/1.1\r\nX: " + bytes(1_000_000)), 431)


def test_nobody_who_is_refused_may_go_on_sending_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", None)
    monkeypatch.setattr(channel, "LINGER_S", 0.05)
    monkeypatch.setattr(server_module, "CLEANUP_S", 0)
    with serving(tmp_path) as ask, ask.connect() as client, pytest.raises(ConnectionError):
        client.sendall(POST + b"Content-Length: x\r\n\r\n")
        while True:
            client.sendall(bytes(10_000))


def test_a_body_that_comes_at_a_decent_rate_is_waited_for() -> None:
    parser = RequestParser(Adjustments())
    later = time.monotonic() + 2 * strict_parser.PATIENCE_S
    parser.received(POST + b"Content-Length: 900000\r\n\r\n")
    assert parser.overdue(later)
    parser.received(bytes(130 * strict_parser.LEAST_BYTES_A_SECOND))
    assert not parser.overdue(later)
    assert parser.overdue(later + strict_parser.PATIENCE_S)
