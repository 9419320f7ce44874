"""Bytes to a server as they are, and the answers that come back."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

from forgesyte.installation import HOST

ANSWER_S = 20.0
END = b"\r\n\r\n"


@dataclass(frozen=True)
class Reply:
    """An HTTP answer; header names are in small letters."""

    status: int
    headers: dict[str, str]
    body: bytes


class Malformed(Exception):
    """What came back is no HTTP answer."""


def exchange(port: int, data: bytes) -> bytes:
    """Send everything, close that half, and read until the server closes; b"" if it says nothing.

    Raises TimeoutError when it neither answers nor closes.
    """
    received = bytearray()
    with socket.create_connection((HOST, port), timeout=ANSWER_S) as client:
        # A server may refuse before it has read everything: its answer still counts.
        with suppress(OSError):
            client.sendall(data)
            client.shutdown(socket.SHUT_WR)
        with suppress(ConnectionResetError):
            while piece := client.recv(65536):
                received += piece
    return bytes(received)


def replies(received: bytes, method: str = "GET") -> Iterator[Reply]:
    """The answers one after the other; `method` is that of the first request."""
    rest = received
    while rest:
        head, end, rest = rest.partition(END)
        lines = head.decode("latin-1").split("\r\n")
        words = lines[0].split(" ", 2)
        if not end or not words[0].startswith("HTTP/1.") or not words[1].isdecimal():
            raise Malformed(f"no answer: {head[:200]!r}")
        fields = (line.partition(":") for line in lines[1:])
        headers = {name.lower(): value.strip() for name, _, value in fields}
        status = int(words[1])
        if status == 100:
            continue
        body, rest = (b"", rest) if method == "HEAD" else _body(headers, rest)
        yield Reply(status, headers, body)
        method = "GET"


def _body(headers: dict[str, str], rest: bytes) -> tuple[bytes, bytes]:
    if headers.get("transfer-encoding") == "chunked":
        return _chunks(rest)
    if "content-length" not in headers:
        return rest, b""
    length = int(headers["content-length"])
    if len(rest) < length:
        raise Malformed(f"{len(rest)} bytes of {length}")
    return rest[:length], rest[length:]


def _chunks(rest: bytes) -> tuple[bytes, bytes]:
    body = b""
    while True:
        size, end, rest = rest.partition(b"\r\n")
        if not end:
            raise Malformed("a chunk without its end")
        length = int(size, 16)
        body, rest = body + rest[:length], rest[length + 2 :]
        if length == 0:
            return body, rest
