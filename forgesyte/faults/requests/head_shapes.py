"""Requests whose length or header lines are wrong, and what may be answered to each."""

from __future__ import annotations

from collections.abc import Iterator

from forgesyte.faults.requests.forms import MULTIPART, SUBMIT, request, submission
from forgesyte.faults.requests.shapes import NOT_THERE, REFUSED, STATUS, Shape

TYPE = b"Content-Type: " + MULTIPART + b"\r\n"
POST = b"POST " + SUBMIT + b" HTTP/1.1\r\nHost: localhost\r\n" + TYPE
CHUNKED = b"Transfer-Encoding: chunked\r\n"
SMUGGLED = request(b"GET", STATUS + b"smuggled")


def lengths() -> Iterator[Shape]:
    """Requests of wrong, missing and ambiguous length, pipelined ones, and continued ones."""
    yield from _ambiguous()
    yield from _content_lengths()
    yield from _chunks()
    yield from _several()


def _ambiguous() -> Iterator[Shape]:
    chunked, end = CHUNKED, b"0\r\n\r\n"
    post, smuggled = POST, SMUGGLED
    for lines in (b"Content-Length: 5\r\n" + chunked, chunked + b"Content-Length: 5\r\n"):
        yield Shape("two lengths", post + lines + b"\r\n" + end + smuggled, REFUSED)
    for lines in (
        chunked * 2,
        b"Transfer-Encoding: chunked, chunked\r\n",
        b" ".join([chunked] * 2),
    ):
        twice = post + lines + b"\r\n" + end + smuggled
        yield Shape("chunked twice", twice, frozenset({400, 501}))
    for coding in (b"\x0bchunked", b"", b"\r\n chunked", b"chunked\r\n\tgzip"):
        lines = b"Transfer-Encoding: " + coding + b"\r\n\r\n"
        yield Shape(f"coding {coding!r}", post + lines + end, frozenset({400, 501}))
    yield Shape("gzip", post + b"Transfer-Encoding: gzip\r\n\r\n" + end, REFUSED)


def _content_lengths() -> Iterator[Shape]:
    post = POST
    for length in (b"-1", b"+5", b"5, 5", b"0x5", b"\xb2", b"5 5", b"9" * 5000, b""):
        shape = post + b"Content-Length: " + length + b"\r\n\r\n12345"
        yield Shape(f"length {length[:9]!r}", shape, REFUSED)
    for length in (b"9" * 18, b"99999999999"):
        shape = post + b"Content-Length: " + length + b"\r\n\r\n"
        yield Shape("too long", shape, frozenset({413}))
        expect = post + b"Expect: 100-continue\r\nContent-Length: " + length + b"\r\n\r\n"
        yield Shape("too long, continued", expect, frozenset({413}))
    yield Shape("too short", post + b"Content-Length: 900\r\n\r\n12345", REFUSED)
    more = post + b"Connection: close\r\nContent-Length: 2\r\n\r\n12345"
    yield Shape("too much", more, frozenset({400, 415}))


def _chunks() -> Iterator[Shape]:
    for size in (b"-1", b"5000000000", b"f" * 5000, b"x", b"1;" + b"a" * 5000, b"1" * 5000):
        body = POST + CHUNKED + b"\r\n" + size + b"\r\n"
        yield Shape(f"chunk {size[:9]!r}", body, frozenset({400, 413}), may_be_incomplete=True)
    yield Shape("trailer", POST + CHUNKED + b"\r\n0\r\n" + b"X: y\r\n" * 5000, REFUSED)


def _several() -> Iterator[Shape]:
    many = request(b"GET", STATUS + b"x").replace(b"Connection: close\r\n", b"") * 100
    yield Shape("pipelined", many, NOT_THERE)
    first = b"HEAD " + STATUS + b"x HTTP/1.1\r\nHost: localhost\r\n\r\n"
    yield Shape("HEAD first", first + SMUGGLED, NOT_THERE)
    yield Shape("continued", submission(lines=b"Expect: 100-continue\r\n"), frozenset({202}))
    empty = request(b"GET", STATUS + b"x", b"Expect: 100-continue\r\n")
    yield Shape("nothing to continue", empty, NOT_THERE)


def headers() -> Iterator[Shape]:
    """Header lines that are absurd, and versions and addresses of other times."""
    path = STATUS + b"x"
    for size in (300, 300_000):
        long = request(b"GET", path, b"X: " + b"a" * size + b"\r\n")
        yield Shape("long line", long, frozenset({404, 431}))
        lines = b"".join(b"X%d: a\r\n" % number for number in range(size // 10))
        yield Shape("many lines", request(b"GET", path, lines), frozenset({404, 431}))
    kinds = (
        b"",
        b"/",
        b"*",
        b"a/b/c",
        b";q=1",
        b",,,",
        b"\xff/\xfe",
        b"x/y, " * 9000,
        b"image/png",
    )
    parameters = (b"q=abc", b"indent=999999999", b"indent=-1", b"charset*=no''%61", b"q*=idna''%ff")
    for accept in (*kinds, *(b"application/json; " + parameter for parameter in parameters)):
        asked = b"Accept: " + accept + b"\r\n"
        for route in (path, b"/v1/schema", b"/v1/docs"):
            yield Shape(f"Accept {accept[:30]!r}", request(b"GET", route, asked))
    for line in (
        b"Host: evil",
        b"Host: localhost",
        b"Host: a@localhost",
        b"Host: [::1",
        b"Host: \xff",
    ):
        twice = (
            b"GET " + path + b" HTTP/1.1\r\n" + line + b"\r\n" + b"Host: localhost:80:80\r\n\r\n"
        )
        yield Shape(f"{line!r}", twice, REFUSED)
    yield Shape("no host", b"GET " + path + b" HTTP/1.1\r\n\r\n", NOT_THERE)
    yield from _lines()


def _lines() -> Iterator[Shape]:
    path = STATUS + b"x"
    odd = (
        b"X: a\0b",
        b"X: a\x7f",
        b"X : a",
        b": a",
        b"X",
        b"\xff: a",
        b"X: a\rb",
        b" X: a",
        b"X: a\nb",
    )
    for line in odd:
        yield Shape(f"{line!r}", request(b"GET", path, line + b"\r\n"), frozenset({400, 404}))
    for first in (
        b"PRI * HTTP/2.0",
        b"GET / HTTP/9.9",
        b"GET  / HTTP/1.1",
        b"\x16\x03\x01",
        b"GET",
    ):
        yield Shape(f"{first!r}", first + b"\r\nHost: localhost\r\n\r\n", REFUSED)
    for address in (
        b"http://[/v1/x",
        b"http://evil:99999/",
        b"*",
        b"//evil/x",
        b"x",
        b"http://evil/",
    ):
        yield Shape(f"address {address!r}", request(b"GET", address))
    for line in (
        b"Range: bytes=9-1",
        b"Range: bytes=" + b"9" * 5000,
        b"If-Modified-Since: Mon, 99 Foo",
    ):
        yield Shape(f"{line[:30]!r}", request(b"GET", b"/static/jobs/pages.css", line + b"\r\n"))
