"""The web server's own part: how answers go out."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from waitress.wasyncore import close_all

from forgesyte import server
from forgesyte.installation import HOST

Application = Callable[[dict[str, Any], Callable[..., Any]], list[bytes]]
Serve = Callable[[Application], http.client.HTTPConnection]


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """Every piece that goes to a client."""
    pieces: list[bytes] = []
    send = server.Channel.send

    def note(channel: server.Channel, data: bytes, **options: Any) -> int:
        pieces.append(bytes(data))
        written: int = send(channel, data, **options)
        return written

    monkeypatch.setattr(server.Channel, "send", note)
    return pieces


@pytest.fixture
def serve(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Serve]:
    """Serve an application; a connection to it."""
    monkeypatch.setattr("tempfile.tempdir", None)
    started: list[tuple[Any, threading.Thread, http.client.HTTPConnection]] = []

    def begin(application: Application) -> http.client.HTTPConnection:
        made = server.make_server(
            application,
            host=HOST,
            port=0,
            threads=2,
            max_upload_bytes=1024,
            framing_bytes=1024,
            temp_folder=tmp_path,
        )
        thread = threading.Thread(target=made.run, daemon=True)
        thread.start()
        connection = http.client.HTTPConnection(HOST, made.socket.getsockname()[1], timeout=30)
        started.append((made, thread, connection))
        return connection

    yield begin
    for made, thread, connection in started:
        connection.close()
        made.trigger.pull_trigger(lambda sockets=made._map: close_all(sockets))  # ends its loop
        thread.join()
        made.task_dispatcher.shutdown()


def answering(body: list[bytes], *headers: tuple[str, str], status: str = "200 OK") -> Application:
    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        start_response(status, list(headers))
        return body

    return application


def get(connection: http.client.HTTPConnection, method: str = "GET") -> tuple[int, bytes]:
    connection.request(method, "/")
    answer = connection.getresponse()
    return answer.status, answer.read()


def test_a_short_answer_is_one_piece(serve: Serve, sent: list[bytes]) -> None:
    connection = serve(answering([b"abc"], ("Content-Length", "3")))
    for _ in range(2):
        assert get(connection) == (200, b"abc")
    assert len(sent) == 2
    assert all(piece.startswith(b"HTTP/1.1 200 OK\r\n") for piece in sent)
    assert all(piece.endswith(b"\r\n\r\nabc") for piece in sent)


@pytest.mark.parametrize(
    ("body", "headers", "status", "expected"),
    [
        ([b"abc", b"def"], [("Content-Length", "6")], "200 OK", b"abcdef"),
        ([b"", b"abc"], [("Content-Length", "3")], "200 OK", b"abc"),
        ([b"abc", b"def"], [], "200 OK", b"abcdef"),
        ([], [("Content-Length", "0")], "200 OK", b""),
        ([], [], "204 No Content", b""),
        ([b"too much"], [("Content-Length", "0")], "200 OK", b""),
        ([b"too much"], [("Content-Length", "3")], "200 OK", b"too"),
    ],
)
def test_answers_of_each_form_arrive_whole(
    serve: Serve, body: list[bytes], headers: list[tuple[str, str]], status: str, expected: bytes
) -> None:
    connection = serve(answering(body, *headers, status=status))
    for _ in range(2):
        assert get(connection) == (int(status[:3]), expected)


def test_an_answer_without_a_body_keeps_its_length(serve: Serve) -> None:
    connection = serve(answering([], ("Content-Length", "3")))
    connection.request("HEAD", "/")
    answer = connection.getresponse()
    assert (answer.status, answer.headers["Content-Length"], answer.read()) == (200, "3", b"")
