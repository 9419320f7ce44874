"""How many connections the web server holds, and in what order it looks at them."""

from __future__ import annotations

import resource
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from forgesyte import server as server_module
from forgesyte import strict_parser
from forgesyte.server import Server
from forgesyte.tests.test_server import bound_server


@pytest.mark.parametrize(
    ("limits", "raised", "connections"),
    [
        ((1024, 1 << 19), 3200, 1000),
        ((1024, 2000), 2000, 600),
        ((1 << 19, 1 << 19), None, 1000),
        ((1024, resource.RLIM_INFINITY), 3200, 1000),
    ],
)
def test_connections_never_take_the_last_open_file(
    monkeypatch: pytest.MonkeyPatch, limits: tuple[int, int], raised: int | None, connections: int
) -> None:
    changes: list[tuple[int, int]] = []
    monkeypatch.setattr(resource, "getrlimit", lambda kind: limits)
    monkeypatch.setattr(resource, "setrlimit", lambda kind, pair: changes.append(pair))
    assert server_module._connections() == connections
    assert changes == ([] if raised is None else [(raised, limits[1])])


@pytest.fixture
def idle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A server that listens and does nothing by itself."""
    monkeypatch.setattr("tempfile.tempdir", None)
    server = bound_server(tmp_path)
    yield server
    server.asyncore.close_all(server._map)
    server.task_dispatcher.shutdown()


@pytest.mark.parametrize(("limit", "expected"), [(1000, 20), (9, 7)])
def test_all_who_wait_are_let_in_at_once(idle: Server, limit: int, expected: int) -> None:
    idle.adj.connection_limit = limit  # the listening socket and the trigger count, too
    with ExitStack() as stack:
        for _ in range(20):
            stack.enter_context(socket.create_connection(idle.socket.getsockname()))
        idle.handle_accept()
        assert len(idle.active_channels) == expected


def test_a_few_at_a_time_are_refused(idle: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(strict_parser, "PATIENCE_S", -1)
    refused_channels: list[object] = []
    monkeypatch.setattr(idle, "add_task", refused_channels.append)
    with ExitStack() as stack:
        for _ in range(30):
            client = stack.enter_context(socket.create_connection(idle.socket.getsockname()))
            client.sendall(b"GET")
        idle.handle_accept()
        for connection in list(idle.active_channels.values()):
            connection.received(b"GET")
        for expected in (20, 30, 30):
            idle.maintenance(time.time())
            assert len(refused_channels) == expected


def test_a_server_stops_without_an_exception_in_the_signal_handler(idle: Server) -> None:
    """Python would print and forget it if the signal came while a destructor runs."""
    thread = threading.Thread(target=idle.run)
    thread.start()

    idle.stop()
    thread.join(timeout=30)

    assert not thread.is_alive()
