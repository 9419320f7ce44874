"""Clients that are slow, leave in the middle, or never read what they asked for."""

from __future__ import annotations

import socket
import struct
import time
from collections import Counter
from contextlib import ExitStack, suppress

from forgesyte.faults.requests.forms import FILE, LINES, MULTIPART, SUBMIT
from forgesyte.installation import HOST

KIB = 1024
START_BYTES = 24 * KIB
MUCH = bytes(200 * KIB)  # more than it keeps in memory
POST = b"POST " + SUBMIT + b" HTTP/1.1\r\n" + LINES + b"Content-Type: " + MULTIPART + b"\r\n"
PART = b"--hostile\r\nContent-Disposition: " + FILE + b"\r\n\r\n"
BODY = POST + b"Content-Length: 20000000\r\n\r\n" + PART + bytes(START_BYTES)
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n" % (1000 * KIB) + bytes(START_BYTES)
# The largest file that the API serves: a browser's part of Swagger UI.
LARGE = b"/static/drf_spectacular_sidecar/swagger-ui-dist/swagger-ui-bundle.js"
READ = b"GET " + LARGE + b" HTTP/1.1\r\n" + LINES + b"\r\n"
HEAD = READ[:-2] + b"X: "
# What each sends at once; then comes a byte a second, or, of the readers, goes one.
SENDERS = {"head": HEAD, "body": BODY, "chunks": CHUNKED}
READERS = {"reader": READ}
KINDS = {**SENDERS, **READERS}


def slow(port: int, clients: int, seconds: float) -> dict[str, Counter[str]]:
    """So many at once, of all kinds, a byte a second; how each kind ended.

    `waited for` is who still could go on in the end; else it is the status of the answer.
    """
    names = [name for name, _ in zip(_round(), range(clients), strict=False)]
    ends: dict[str, Counter[str]] = {name: Counter() for name in KINDS}
    with ExitStack() as stack:
        going = []
        for name in names:
            client = stack.enter_context(_connect(port))
            client.sendall(KINDS[name])
            client.setblocking(False)
            going.append((name, client))
        begun = time.monotonic()
        for second in range(1, max(2, round(seconds) + 1)):
            time.sleep(max(0.0, begun + min(second, seconds) - time.monotonic()))
            for name, client in list(going):
                end = _go_on(name, client)
                if end is not None:
                    ends[name][end] += 1
                    going.remove((name, client))
        for name, _ in going:
            ends[name]["waited for"] += 1
    return ends


def _round() -> list[str]:
    return list(KINDS) * 1000


def _connect(port: int) -> socket.socket:
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 * KIB)
    client.connect((HOST, port))
    return client


def _go_on(name: str, client: socket.socket) -> str | None:
    """One byte more; how it ended, if it did."""
    try:
        if name in READERS:
            return None if client.recv(1) else "closed"
        with suppress(BlockingIOError):
            answer = client.recv(64 * KIB)
            return answer.split(b" ", 2)[1].decode() if answer else "closed"
        client.send(b"a")
    except BlockingIOError:
        return None
    except OSError:
        return "closed"
    return None


def leave(port: int, clients: int) -> int:
    """Begin an upload and go, each in a way of its own; how many did."""
    for number in range(clients):
        with _connect(port) as client, suppress(OSError):
            client.sendall((BODY + MUCH, CHUNKED + MUCH, HEAD, READ)[number % 4])
            if number % 3 == 0:  # half-closed: nothing more is sent, the answer is waited for
                client.shutdown(socket.SHUT_WR)
                client.settimeout(10)
                while client.recv(64 * KIB):
                    pass
            elif number % 3 == 1:  # without a farewell
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    return clients
