"""Requests as Django gets them from the server."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from wsgiref.util import setup_testing_defaults

import pytest

from forgesyte.wsgi import application

# Python's codecs that are no encodings of text, raise, or make characters that no text has.
CODECS = ("hex", "idna", "undefined", "rot13", "punycode", "unicode_escape", "zip", "utf-16")


def ask(path: str, query: str = "", **environ: str) -> tuple[int, bytes]:
    asked: dict[str, Any] = {"PATH_INFO": path, "QUERY_STRING": query, "HTTP_HOST": "localhost"}
    asked |= environ
    setup_testing_defaults(asked)
    statuses: list[str] = []
    answer = application(asked, lambda status, headers: statuses.append(status))
    return int(statuses[0][:3]), b"".join(answer)


def test_text_is_utf8_whatever_the_request_says(own_store: Path) -> None:
    for codec in CODECS:
        kind = f"text/plain; charset={codec}"
        assert ask("/", r"q=\ud800%ff", CONTENT_TYPE=kind)[0] == 200, codec
        status, body = ask("/v1/video/submit", "pipeline_id=%ff", CONTENT_TYPE=kind)
        assert (status, list(json.loads(body))) == (405, ["detail"]), codec


@pytest.mark.parametrize(
    "kind",
    ["multipart/form-data; boundary*=no''%61", "text/plain; x*=idna''%ff", "a/b; x*=undefined''%f"],
)
def test_a_content_type_that_cannot_be_read_is_none(own_store: Path, kind: str) -> None:
    status, body = ask("/v1/video/submit", REQUEST_METHOD="POST", CONTENT_TYPE=kind)
    assert (status, list(json.loads(body))) == (400, ["detail"])
    assert ask("/", CONTENT_TYPE=kind)[0] == 200


def test_errors_below_the_api_are_json(own_store: Path) -> None:
    unknown = [
        "",
        "/",
        "/nothing",
        "/video/",
        "/video/status/",
        "/video/submit/",
        "/video/status/x/y",
    ]
    for path in ["/video", "/video/nothing", *(f"/v1{path}" for path in unknown)]:
        status, body = ask(path)
        assert (status, list(json.loads(body))) == (404, ["detail"]), path
    assert ask("/v12")[1].startswith(b"<!DOCTYPE html>")
