"""Submissions whose form is wrong, and what may be answered to each."""

from __future__ import annotations

from collections.abc import Iterator

from forgesyte.benchmarks.figures import FTYP
from forgesyte.faults.requests.forms import FILE, SUBMIT, field, nested, request, submission
from forgesyte.faults.requests.shapes import REFUSED, Shape

# Python's codecs that are no encodings of text, that raise, or whose text cannot be encoded.
CHARSETS = (b"hex", b"idna", b"undefined", b"rot13", b"punycode", b"unicode_escape", b"zip", b"no")


def bodies() -> Iterator[Shape]:
    """Forms of many fields and files, nested, cut off, in other codecs, and no forms at all."""
    many = 10_000
    fields = [field(b"f%d" % number) for number in range(many)]
    yield Shape("10,000 fields", submission(fields), REFUSED)
    yield Shape("10,000 files", submission([(FILE, FTYP)] * many), REFUSED)
    yield Shape("100 files", submission([(FILE, FTYP)] * 100), frozenset({202, 400}))
    pairs = b"&".join(b"f%d=x" % number for number in range(many))
    kind = b"Content-Type: application/x-www-form-urlencoded\r\n"
    yield Shape("10,000 pairs", request(b"POST", SUBMIT, kind, pairs), REFUSED)
    query = submission(path=SUBMIT + b"?" + pairs[:40_000])
    yield Shape("many in the query", query, frozenset({400, 414}))
    yield Shape("long field", submission([field(b"pipeline_id", b"a" * 3_000_000)]), REFUSED)
    for depth in (1, 2, 50, 500):
        yield Shape(f"nested {depth}", nested(depth), REFUSED)
    more = b"".join(b"\r\nX-%d: y" % number for number in range(20_000))
    for head in (FILE + more, FILE + b"\r\nX: " + b"a" * 2_000_000, b"", b"form-data", b"\xff"):
        yield Shape("part", submission([(head, FTYP)]), REFUSED)
    yield Shape(
        "base64", submission([(FILE + b"\r\nContent-Transfer-Encoding: base64", b"!")]), REFUSED
    )
    for charset in CHARSETS:
        kind = b"multipart/form-data; boundary=hostile; charset=" + charset
        parts = [(FILE, FTYP), field(b"pipeline_id", b"\\ud800\xff")]
        yield Shape(f"charset {charset!r}", submission(parts, kind=kind), REFUSED)
        line = b"Content-Type: text/plain; charset=" + charset + b"\r\n"
        yield Shape("list", request(b"GET", b"/?q=%5Cud800%ff", line), frozenset({200}))
        file = b'form-data; name="file"; filename*=' + charset + b"''%5Cud800%ff"
        yield Shape("file name", submission([(file, FTYP)]), frozenset({202, 400}))
    wrong = (
        b"",
        b"x",
        b"boundary=",
        b"boundary=\xff",
        b"boundary*=no''%61",
        b"boundary=" + b"a" * 300,
    )
    for boundary in wrong:
        kind = b"multipart/form-data; " + boundary
        yield Shape(f"{boundary[:30]!r}", submission(kind=kind), frozenset({400, 415}))
    for kind in (b"application/json", b"text/xml", b"\xff", b"multipart/mixed; boundary=hostile"):
        yield Shape(f"{kind!r}", submission(kind=kind), frozenset({415}))
    for line in (b"Origin: http://evil", b"Origin: null", b"Sec-Fetch-Site: cross-site"):
        yield Shape(f"{line!r}", submission(lines=line + b"\r\n"), frozenset({403}))
    whole = submission([(FILE, FTYP + bytes(1000))])
    for share in (0.3, 0.6, 0.99):
        yield Shape("cut off", whole[: int(len(whole) * share)], REFUSED)
