"""Requests that are wrong by hand, and what may be answered to each: methods and names."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from forgesyte.benchmarks.figures import FTYP
from forgesyte.faults.requests.forms import FILE, SUBMIT, field, request, submission

REFUSED = frozenset({400})
NOT_THERE = frozenset({404})
# A page or a file may be there, or not; what must not be is anything else.
ANY_READ = frozenset({200, 206, 304, 400, 404, 405, 406, 416, 431})
STATUS = b"/v1/video/status/"
TRAVERSALS = (
    b"../../../../etc/passwd",
    b"..%2f..%2f..%2fetc%2fpasswd",
    b"%2e%2e/%2e%2e/foregsyte.duckdb",
    b"..%5c..%5crun%5cstore.key",
    b"....//....//run/store.key",
    b"%252e%252e%252fetc%252fpasswd",
    b"%c0%ae%c0%ae/etc/passwd",
    b"/etc/passwd",
    b"x%00.mp4",
    b"%ff%fe",
    b"%ed%a0%80",
    b"a" * 5000,
)


@dataclass(frozen=True)
class Shape:
    """A request, and the statuses that its answers may have.

    `allowed` is None for what is no whole request; `may_be_incomplete` if nobody knows that.
    """

    name: str
    data: bytes
    allowed: frozenset[int] | None = ANY_READ
    may_be_incomplete: bool = False

    @property
    def method(self) -> str:
        return self.data.lstrip(b"\r\n").split(b" ", 1)[0].decode("latin-1")

    @property
    def has_json_errors(self) -> bool:
        """Whether it is below the API and does not ask for a page."""
        path = self.data.split(b"\r\n", 1)[0].split(b" ")[1:2]
        below = bool(path) and path[0].startswith((b"/v1/", b"/video/"))
        return below and b"text/html" not in self.data


def methods() -> Iterator[Shape]:
    """Every method on every route."""
    paths = (SUBMIT, STATUS + b"x", b"/v1/video/results/x", b"/v1/schema", b"/v1/docs", b"/v1/x")
    pages = (b"/", b"/jobs/x", b"/jobs/x/frames/0", b"/static/jobs/pages.css", b"/nowhere")
    names = (b"GET", b"HEAD", b"OPTIONS", b"PUT", b"PATCH", b"DELETE", b"TRACE", b"CONNECT")
    for method in (*names, b"PROPFIND", b"get", b"G\xcbT"):
        for path in (*paths, *pages):
            yield Shape(f"{method!r} {path!r}", request(method, path))
            if method not in (b"GET", b"HEAD"):
                with_body = request(method, path, b"Content-Type: text/plain\r\n", b"body")
                yield Shape(f"{method!r} {path!r} with a body", with_body, ANY_READ | {415})
    yield Shape("a body on GET", request(b"GET", STATUS + b"x", b"", b"body"), NOT_THERE)


def names() -> Iterator[Shape]:
    """Ways out of a folder, NUL and what is no UTF-8, in everything that is a name."""
    job = b"00000000-0000-4000-8000-000000000000"
    for name in TRAVERSALS:
        routes = (b"/v1/video/status/", b"/video/results/", b"/jobs/", b"/static/", b"/")
        for path in (*(route + name for route in routes), b"/jobs/" + name + b"/frames/0"):
            yield Shape(f"path {path[:60]!r}", request(b"GET", path), frozenset({400, 404}))
        frame = b"/jobs/" + job + b"/frames/" + name
        yield Shape(f"frame {name[:40]!r}", request(b"GET", frame), frozenset({400, 404}))
        for key in (b"pipeline_id", b"format", b"lang", b"version"):
            query = submission(path=SUBMIT + b"?" + key + b"=" + name)
            allowed = {202} if key in (b"lang", b"version") else {400, 404}
            yield Shape(f"{key!r} {name[:40]!r}", query, frozenset(allowed))
        yield Shape("field", submission([field(name), field(name)]), REFUSED)
        yield Shape("pipeline", submission([(FILE, FTYP), field(b"pipeline_id", name)]), REFUSED)
        query = b"?q=" + name + b"&status=" + name + b"&p=" + name
        yield Shape("list", request(b"GET", b"/" + query), frozenset({200, 414}))
        file = b'form-data; name="file"; filename="' + name + b'"'
        yield Shape("file", submission([(file, FTYP)]), frozenset({202, 400}))
    for digits in (b"9" * 300, b"9" * 5000, b"-1", b"1e9", b"%d9%a1"):
        frame = b"/jobs/" + job + b"/frames/" + digits
        yield Shape(f"frame {digits[:9]!r}", request(b"GET", frame), frozenset({400, 404}))
