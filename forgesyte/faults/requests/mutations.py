"""Requests that are wrong by chance: honest ones with a few bytes, lines or numbers changed."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator

from forgesyte.benchmarks.figures import FTYP
from forgesyte.faults.requests.forms import FILE, LINES, SUBMIT, field, request, submission
from forgesyte.faults.requests.shapes import Shape

MOST_CHANGES = 4
PLACEHOLDER = b"01234567-89ab-4def-8123-456789abcdef"
NUMBERS = (b"0", b"-1", b"1", b"99999999", b"18446744073709551616", b"1e9", b"\xb2", b"")
TOKENS = (
    b"\r\n",
    b"\n",
    b"\0",
    b"\xff",
    b"%00",
    b"%ff",
    b"..",
    b";",
    b'"',
    b"--hostile",
    b"\r\n\r\n",
)
# Whatever it became: an answer of these, or none.
ANY = frozenset({200, 202, 206, 304, 400, 403, 404, 405, 406, 408, 413, 414, 415, 416, 431, 501})


def mutations(count: int, seed: int, job_id: str) -> Iterator[Shape]:
    """`count` of them, the same for the same seed but for the id of the job that they ask for."""
    chance = random.Random(seed)  # noqa: S311  # nosec B311 # repeatable
    honest = _honest(PLACEHOLDER)
    for _ in range(count):
        data = chance.choice(honest)
        for _ in range(chance.randint(1, MOST_CHANGES)):
            data = chance.choice(CHANGES)(data, chance)
        data = data.replace(PLACEHOLDER, job_id.encode())
        yield Shape(f"{data[:300]!r}", data, ANY, may_be_incomplete=True)


def _honest(job_id: bytes) -> list[bytes]:
    form = [(FILE + b"\r\nContent-Type: video/mp4", FTYP), field(b"pipeline_id", b"yolo_ocr")]
    chunked = b"POST " + SUBMIT + b" HTTP/1.1\r\n" + LINES + b"Transfer-Encoding: chunked\r\n"
    paths = (b"/v1/video/status/", b"/video/results/", b"/jobs/")
    return [
        submission(form),
        submission(form, lines=b"Expect: 100-continue\r\n"),
        submission(form[:1], path=SUBMIT + b"?pipeline_id=yolo_ocr"),
        chunked + b"\r\n5\r\nhello\r\n0\r\n\r\n",
        *(request(b"GET", path + job_id) for path in paths),
        request(b"GET", b"/jobs/" + job_id + b"/frames/0?width=320"),
        request(b"GET", b"/v1/schema", b"Accept: application/json;q=0.9, */*;q=0.1\r\n"),
        request(b"GET", b"/?status=pending&q=" + job_id[:4] + b"&p=1"),
        request(b"HEAD", b"/static/jobs/pages.css", b"Range: bytes=0-9\r\nIf-None-Match: x\r\n"),
        request(b"OPTIONS", SUBMIT, b"Accept: text/html\r\n"),
    ]


def _flip(data: bytes, chance: random.Random) -> bytes:
    place = chance.randrange(len(data) or 1)
    changed = bytes([data[place] ^ 1 << chance.randrange(8)]) if data else b""
    return data[:place] + changed + data[place + 1 :]


def _insert(data: bytes, chance: random.Random) -> bytes:
    place = chance.randint(0, len(data))
    return data[:place] + chance.choice(TOKENS) * chance.choice((1, 1, 1, 50)) + data[place:]


def _cut(data: bytes, chance: random.Random) -> bytes:
    start = chance.randint(0, len(data))
    return data[:start] + data[start + chance.randint(1, 30) :]


def _repeat(data: bytes, chance: random.Random) -> bytes:
    start = chance.randint(0, len(data))
    end = start + chance.randint(1, 60)
    return data[:end] + data[start:end] * chance.choice((1, 2, 20)) + data[end:]


def _line(data: bytes, chance: random.Random) -> bytes:
    """One line comes twice, or elsewhere, or not at all."""
    lines = data.split(b"\r\n")
    taken = lines[chance.randrange(len(lines))]
    if chance.random() < 0.5:
        lines.remove(taken)
    if chance.random() < 0.7:
        lines.insert(chance.randint(0, len(lines)), taken)
    return b"\r\n".join(lines)


def _number(data: bytes, chance: random.Random) -> bytes:
    found = list(re.finditer(rb"\d+", data))
    if not found:
        return data
    place = chance.choice(found)
    return data[: place.start()] + chance.choice(NUMBERS) + data[place.end() :]


CHANGES: tuple[Callable[[bytes, random.Random], bytes], ...] = (
    *(_flip, _insert, _cut, _repeat, _line, _number),
)
