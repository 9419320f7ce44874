"""Strict checks of the API's answers against what its documentation promises.

Each function returns the parsed answer or raises UnexpectedAnswer, whose message is one line.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import httpx

PROGRESS = {"pending": 0.0, "running": 0.5, "completed": 1.0, "failed": 1.0}
Test = Callable[[Any], object]


class UnexpectedAnswer(Exception):
    """The API answered something else than its documentation says."""


def _text(pattern: str) -> Test:
    return lambda value: isinstance(value, str) and re.fullmatch(pattern, value, re.DOTALL)


def _number(decimals: int, most: float = float("inf")) -> Test:
    return lambda value: (
        type(value) in (int, float) and 0 <= value <= most and round(value, decimals) == value
    )


UUID, TEXT = _text(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"), _text(".+")
# ISO 8601 in UTC; the fraction of a second is left out when it is zero.
MOMENT = _text(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z")
MOMENTS: dict[str, Any] = {"created_at": MOMENT, "updated_at": MOMENT}
DETECTION = {"bbox": [_number(1)], "class": TEXT, "confidence": _number(4, most=1)}
RESULT = {"detections": [DETECTION], "text": _text(".*")}


def submitted(answer: httpx.Response) -> str:
    """202 with the job's id and a `Location`; returns the id."""
    job_id = str(_body(answer, 202, "submit", {"job_id": UUID})["job_id"])
    location = answer.headers.get("location", "")
    _require(
        location.endswith(f"/v1/video/status/{job_id}"),
        f"submit: Location is {location!r}, not the status of the job",
    )
    return job_id


def status(answer: httpx.Response, job_id: str) -> dict[str, Any]:
    """200 with exactly the documented fields."""
    body = _body(answer, 200, "status")
    expected = {"job_id": job_id.__eq__, "status": PROGRESS.__contains__, **MOMENTS}
    expected["progress"] = PROGRESS.get(body.get("status", ""), 0.0).__eq__
    if body.get("status") == "failed":
        expected["error_message"] = TEXT
    _match(body, expected, "status")
    cached = answer.headers.get("cache-control")
    _require(cached == "no-store", f"status: Cache-Control is {cached!r}, not 'no-store'")
    return body


def results(
    answer: httpx.Response, job_id: str, frames: int, resolution_wh: tuple[int, int]
) -> list[dict[str, Any]]:
    """200 with one documented item for each of `frames` frames of `resolution_wh` pixels."""
    frame = {"frame_index": _number(0), "result": RESULT}
    expected = {"job_id": job_id.__eq__, "results": [frame], **MOMENTS}
    items: list[dict[str, Any]] = _body(answer, 200, "results", expected)["results"]
    indices = [item["frame_index"] for item in items]
    _require(indices == [*range(frames)], f"results: items {indices} for {frames} frames")
    width, height = resolution_wh
    for item in items:
        for detection in item["result"]["detections"]:
            match detection["bbox"]:
                case [x1, y1, x2, y2] if x1 < x2 <= width and y1 < y2 <= height:
                    continue
            where, bbox = f"results, frame {item['frame_index']}", detection["bbox"]
            raise UnexpectedAnswer(f"{where}: {bbox!r} is not a box inside {width} x {height}")
    return items


def error(answer: httpx.Response, code: int, what: str) -> str:
    """An error with nothing but a `detail`; returns the detail."""
    return str(_body(answer, code, what, {"detail": TEXT})["detail"])


def _body(answer: httpx.Response, code: int, what: str, expected: Any = None) -> dict[str, Any]:
    excerpt, found = " ".join(answer.text[:200].split()), answer.status_code
    _require(found == code, f"{what}: {found} instead of {code}: {excerpt}")
    kind = answer.headers.get("content-type", "")
    _require(kind.startswith("application/json"), f"{what}: Content-Type is {kind!r}, not JSON")
    try:
        body: dict[str, Any] = answer.json()
    except ValueError:
        raise UnexpectedAnswer(f"{what}: the answer is not JSON: {excerpt}") from None
    _require(isinstance(body, dict), f"{what}: the answer is not an object: {excerpt}")
    if isinstance(expected, dict):
        _match(body, expected, what)
    return body


def _match(value: Any, expected: Any, where: str) -> None:
    """expected: a dict of all keys, a list of what each item is, or a test that has to hold."""
    if isinstance(expected, dict):
        keys = sorted(value) if isinstance(value, dict) else value
        _require(
            keys == sorted(expected), f"{where}: the keys are {keys!r}, not {sorted(expected)!r}"
        )
        for key in expected:
            _match(value[key], expected[key], f"{where}: {key}")
    elif isinstance(expected, list):
        _require(isinstance(value, list), f"{where} is {value!r}, not an array")
        for item in value:
            _match(item, expected[0], where)
    else:
        _require(expected(value), f"{where} is {value!r}")


def _require(holds: object, message: str) -> None:
    if holds is NotImplemented or not holds:
        raise UnexpectedAnswer(message)
