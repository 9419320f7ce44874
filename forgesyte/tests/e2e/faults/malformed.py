"""Requests that no honest client sends, each with the statuses that may answer it.

What the OpenAPI schema describes, right and wrong, is schemathesis's (test_schemathesis.py);
lengths, chunks, first lines and slow clients are test_server.py's.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Iterator

from forgesyte.benchmarks.figures import FTYP

Request = tuple[bytes, Iterable[int]]
Part = tuple[bytes, bytes]

SUBMIT, STATUS = b"/v1/video/submit", b"/v1/video/status/"
LINES = b"Host: localhost\r\nConnection: close\r\n"
FORM = b"multipart/form-data; boundary=hostile"
VIDEO: Part = (b'form-data; name="file"; filename="clip.mp4"', FTYP)
POST = b"POST " + SUBMIT + b" HTTP/1.1\r\nHost: localhost\r\nContent-Type: " + FORM + b"\r\n"
# A page or a file may be there or not.
READ = (200, 206, 304, 400, 404, 405, 406, 416, 431)
ANY = (*READ, 202, 403, 408, 413, 414, 415, 417, 501)
TRAVERSALS = (
    b"../../../../etc/passwd ..%2f..%2fetc%2fpasswd %2e%2e/%2e%2e/foregsyte.duckdb x%00.mp4 %ff%fe"
    b" ..%5c..%5crun%5cstore.key ....//....//run/store.key %c0%ae%c0%ae/etc/passwd %ed%a0%80"
).split()
HEADERS = (
    *(b"X: a\0b", b"X : a", b": a", b"X", b"\xff: a", b"X: a\rb", b" X: a", b"X: a\nb"),
    *(b"X: " + b"a" * 300_000, b"\r\n".join(b"X%d: a" % n for n in range(30_000))),
    *(b"Accept: " + kind for kind in (b"", b"*", b"a/b/c", b"\xff/\xfe", b"x/y, " * 9000)),
    *(b"Host: " + host for host in (b"evil", b"a@localhost", b"[::1", b"\xff")),
)
# Python's codecs that are no encodings of text, that raise, or whose text cannot be encoded.
CHARSETS = (b"hex", b"idna", b"undefined", b"rot13", b"unicode_escape", b"no")
TOKENS = (b"\r\n", b"\n", b"\0", b"\xff", b"%00", b"..", b'"', b"--hostile", b"99999999999", b"-1")


def request(method: bytes, path: bytes, lines: bytes = b"", body: bytes = b"") -> bytes:
    """An honest request but for its parts; `lines` end with CRLF each."""
    length = b"Content-Length: %d\r\n" % len(body) if body else b""
    return method + b" " + path + b" HTTP/1.1\r\n" + LINES + lines + length + b"\r\n" + body


def submission(*parts: Part, kind: bytes = FORM, query: bytes = b"", lines: bytes = b"") -> bytes:
    """multipart/form-data (RFC 7578); a part is its Content-Disposition and its content."""
    head = b"--hostile\r\nContent-Disposition: "
    pieces = [head + line + b"\r\n\r\n" + content + b"\r\n" for line, content in parts or [VIDEO]]
    lines += b"Content-Type: " + kind + b"\r\n"
    return request(b"POST", SUBMIT + query, lines, b"".join([*pieces, b"--hostile--\r\n"]))


def field(name: bytes, value: bytes = b"x") -> Part:
    return b'form-data; name="' + name + b'"', value


def heads() -> Iterator[Request]:
    """Odd header lines and addresses, and many requests at once."""
    for line in HEADERS:
        for route in (STATUS + b"x", b"/v1/schema", b"/static/jobs/pages.css"):
            yield request(b"GET", route, line + b"\r\n"), READ
    for address in (b"http://[/v1/x", b"http://evil:99999/", b"*", b"//evil/x", b"x"):
        yield request(b"GET", address), READ
    yield request(b"GET", STATUS + b"x").replace(b"Connection: close\r\n", b"") * 100, (404,)


def names() -> Iterator[Request]:
    """Ways out of a folder, NUL, and what is no UTF-8, in everything that is a name."""
    stills = b"/jobs/00000000-0000-4000-8000-000000000000/stills/"
    for name in (*TRAVERSALS, b"a" * 5000, b"9" * 5000):
        for route in (STATUS, b"/video/results/", b"/jobs/", b"/static/", b"/", stills):
            yield request(b"GET", route + name), (400, 404)
        yield submission(query=b"?pipeline_id=" + name), (400, 404)
        yield submission(VIDEO, field(b"pipeline_id", name)), (400,)
        yield submission((b'form-data; name="file"; filename="' + name + b'"', FTYP)), (202, 400)
        yield request(b"GET", b"/?q=" + name + b"&status=" + name), (200, 414)


def forms() -> Iterator[Request]:
    """Forms of many fields and files, in odd codecs, cut off, from other sites, or no forms."""
    for parts in ([field(b"f%d" % number) for number in range(10_000)], [VIDEO] * 10_000):
        yield submission(*parts), (400,)
    yield submission(field(b"pipeline_id", b"a" * 3_000_000)), (400,)
    nested = b"\r\nContent-Type: multipart/mixed; boundary=hostile"
    yield submission((VIDEO[0] + nested, FTYP)), (202, 400)
    for line in (VIDEO[0] + b"\r\nX: y" * 20_000, b"", b"\xff"):
        yield submission((line, FTYP)), (400,)
    for charset in CHARSETS:
        value = field(b"pipeline_id", b"\\ud800\xff")
        yield submission(VIDEO, value, kind=FORM + b"; charset=" + charset), (400,)
    for kind in (b"", b"x", b"boundary=", b"boundary=\xff", b"boundary=" + b"a" * 300):
        yield submission(kind=b"multipart/form-data; " + kind), (400, 415)
    for kind in (b"application/json", b"\xff", b"multipart/mixed; boundary=hostile"):
        yield submission(kind=kind), (415,)
    for line in (b"Origin: http://evil", b"Origin: null", b"Sec-Fetch-Site: cross-site"):
        yield submission(lines=line + b"\r\n"), (403,)
    yield submission((VIDEO[0], FTYP + bytes(1000)))[:-600], (400,)


def malformed() -> Iterator[Request]:
    yield from (*heads(), *names(), *forms())


def mutations(count: int, seed: int, job_id: bytes) -> Iterator[Request]:
    """Honest requests with a few bytes, lines or numbers changed: the same for the same seed."""
    chance = random.Random(seed)
    honest = [
        submission(VIDEO, field(b"pipeline_id", b"yolo_ocr"), lines=b"Expect: 100-continue\r\n"),
        POST + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
        *(request(b"GET", path + job_id) for path in (STATUS, b"/video/results/", b"/jobs/")),
        request(b"GET", b"/jobs/" + job_id + b"/video", b"Range: bytes=0-9\r\n"),
        request(b"GET", b"/jobs/" + job_id + b"/boxes?at=0.5"),
        request(b"HEAD", b"/static/jobs/pages.css", b"Range: bytes=0-9\r\nAccept: */*;q=0.1\r\n"),
    ]
    for _ in range(count):
        data = chance.choice(honest)
        for _ in range(chance.randint(1, 4)):
            data = _changed(data, chance)
        yield data, ANY


def _changed(data: bytes, chance: random.Random) -> bytes:
    start = chance.randrange(len(data) or 1)
    end, number = start + chance.randint(1, 40), re.compile(rb"\d+").search(data, start)
    before, part, after = data[:start], data[start:end], data[end:]
    lines = data.split(b"\r\n")
    changes = [
        before + bytes(byte ^ 1 << chance.randrange(8) for byte in part[:1]) + data[start + 1 :],
        before + chance.choice(TOKENS) * chance.choice((1, 1, 50)) + part + after,
        before + part * chance.choice((0, 2, 20)) + after,
        b"\r\n".join([*lines[:-1], chance.choice(lines), lines[-1]]),
        b"\r\n".join(chance.sample(lines, len(lines))),
        data[: number.start()] + chance.choice(TOKENS) + data[number.end() :] if number else data,
    ]
    return chance.choice(changes)
