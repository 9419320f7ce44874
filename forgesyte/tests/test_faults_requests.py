"""A small run of `manage.py faults requests`; and that it finds what it looks for."""

from __future__ import annotations

from pathlib import Path

import pytest

from forgesyte.faults.requests import stages
from forgesyte.faults.requests.forms import request
from forgesyte.faults.requests.mutations import mutations
from forgesyte.faults.requests.shapes import Shape
from forgesyte.faults.requests.site import fault_of
from forgesyte.faults.requests.wire import Malformed, Reply, replies
from forgesyte.tests.conftest import TINY_MP4

JOB = "00000000-0000-4000-8000-000000000000"
JSON = {"content-type": "application/json"}
SHAPE = Shape("x", request(b"GET", b"/v1/video/status/x"), frozenset({404, 500}))


def test_hostile_requests(tmp_path: Path, data_dir: Path) -> None:
    assert data_dir == tmp_path / "data"
    figures = list(
        stages.measure(tmp_path, TINY_MP4, seed=1, count=120, slow_clients=16, seconds=1)
    )
    assert [figure["stage"] for figure in figures] == list(stages.STAGES)
    assert all(figure["ok"] for figure in figures), [f for f in figures if not f["ok"]]
    assert all(figure["others"]["answers"] for figure in figures)


def test_mutations_are_the_same_for_the_same_seed() -> None:
    assert list(mutations(50, 1, JOB)) == list(mutations(50, 1, JOB))
    assert list(mutations(50, 1, JOB)) != list(mutations(50, 2, JOB))


@pytest.mark.parametrize(
    "reply",
    [
        Reply(200, JSON, b'{"detail": "x"}'),
        Reply(404, {"content-type": "text/html"}, b'{"detail": "x"}'),
        Reply(404, JSON, b"not json"),
        Reply(404, JSON, b'{"detail": ["x"]}'),
        Reply(404, JSON, b'{"detail": "x", "more": 1}'),
        Reply(404, JSON, b'{"detail": "/srv/secret/place"}'),
        Reply(404, {**JSON, "server": "/srv/secret"}, b'{"detail": "x"}'),
    ],
)
def test_a_wrong_answer_is_found(reply: Reply) -> None:
    assert fault_of(SHAPE, Reply(404, JSON, b'{"detail": "x"}'), [b"/srv/secret"]) is None
    assert fault_of(SHAPE, reply, [b"/srv/secret"]) is not None


def test_a_page_may_be_answered_to_whom_asks_for_one() -> None:
    page = Reply(404, {"content-type": "text/html"}, b"<!DOCTYPE html>")
    asked = request(b"GET", b"/v1/video/status/x", b"Accept: text/html\r\n")
    assert fault_of(Shape("x", asked, frozenset({404})), page, []) is None
    assert fault_of(SHAPE, page, []) is not None


def test_answers_are_told_apart() -> None:
    received = (
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nab"
        b"HTTP/1.1 404 Not Found\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
    )
    assert [(reply.status, reply.body) for reply in replies(received)] == [
        (200, b"ab"),
        (404, b"abc"),
    ]
    for broken in (received[:60], b"SSH-2.0\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Le"):
        with pytest.raises(Malformed):
            list(replies(broken))
    with pytest.raises(Malformed):  # a body that belongs to no answer
        list(replies(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nab", "HEAD"))
