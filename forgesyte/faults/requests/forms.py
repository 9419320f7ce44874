"""Forms for a submission, right and wrong."""

from __future__ import annotations

from collections.abc import Iterable

from forgesyte.benchmarks.figures import FTYP

BOUNDARY = b"hostile"
MULTIPART = b"multipart/form-data; boundary=" + BOUNDARY
FILE = b'form-data; name="file"; filename="clip.mp4"'
SUBMIT = b"/v1/video/submit"
LINES = b"Host: localhost\r\nConnection: close\r\n"
Part = tuple[bytes, bytes]
VIDEO: Part = (FILE, FTYP)


def request(method: bytes, path: bytes, lines: bytes = b"", body: bytes = b"") -> bytes:
    """A request as it should be, but for what is in its parts; `lines` end with CRLF each."""
    length = b"Content-Length: %d\r\n" % len(body) if body else b""
    return method + b" " + path + b" HTTP/1.1\r\n" + LINES + lines + length + b"\r\n" + body


def submission(
    parts: Iterable[Part] = (VIDEO,),
    *,
    kind: bytes = MULTIPART,
    path: bytes = SUBMIT,
    lines: bytes = b"",
) -> bytes:
    """A form of parts, each a Content-Disposition (more lines may follow) and its content."""
    return request(b"POST", path, lines + b"Content-Type: " + kind + b"\r\n", form(parts))


def form(parts: Iterable[Part], boundary: bytes = BOUNDARY) -> bytes:
    """multipart/form-data (RFC 7578)."""
    pieces = [
        b"--" + boundary + b"\r\nContent-Disposition: " + head + b"\r\n\r\n" + content + b"\r\n"
        for head, content in parts
    ]
    return b"".join([*pieces, b"--" + boundary + b"--\r\n"])


def field(name: bytes, value: bytes = b"x") -> Part:
    return b'form-data; name="' + name + b'"', value


def nested(depth: int) -> bytes:
    """A form in a form in a form: each the content of a part of the one around it."""
    content = form([VIDEO], b"inner%d" % depth)
    for level in range(depth - 1, -1, -1):
        kind = b"\r\nContent-Type: multipart/mixed; boundary=inner%d" % (level + 1)
        content = form([(FILE + kind, content)], b"inner%d" % level if level else BOUNDARY)
    return request(b"POST", SUBMIT, b"Content-Type: " + MULTIPART + b"\r\n", content)
