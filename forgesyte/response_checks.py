"""Strict checks of the API's responses, against the schema and beyond it.

Each function returns the parsed response or raises UnexpectedResponse with a one-line message.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from functools import cache
from typing import Any

import httpx
from django.conf import settings

PROGRESS = {"pending": 0.0, "running": 0.5, "completed": 1.0, "failed": 1.0}
FORMATS = {
    "uuid": re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"),
    # ISO 8601 in UTC; the fraction of a second is left out when it is zero.
    "date-time": re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z"),
}


class UnexpectedResponse(Exception):
    """The API's response does not match its documentation."""


def submitted(response: httpx.Response) -> str:
    """Expect 202 with a job ID and a `Location`; returns the ID."""
    job_id = str(_body(response, 202, "submit", "Submitted")["job_id"])
    location = response.headers.get("location", "")
    _require(
        location.endswith(f"/v1/video/status/{job_id}"),
        f"submit: Location is {location!r}, not the status of the job",
    )
    return job_id


def status(response: httpx.Response, job_id: str) -> dict[str, Any]:
    """Expect 200 with exactly the documented fields."""
    body = _body(response, 200, "status", "Status")
    _require(body["job_id"] == job_id, f"status: job_id is {body['job_id']!r}")
    _require(body["progress"] == PROGRESS[body["status"]], f"status: {body!r}")
    _require(("error_message" in body) == (body["status"] == "failed"), f"status: {body!r}")
    cached = response.headers.get("cache-control")
    _require(cached == "no-store", f"status: Cache-Control is {cached!r}, not 'no-store'")
    return body


def results(
    response: httpx.Response, job_id: str, frames: int, resolution_wh: tuple[int, int]
) -> list[dict[str, Any]]:
    """Expect 200 with an item for each of `frames` frames of `resolution_wh` pixels."""
    body = _body(response, 200, "results", "Results")
    _require(body["job_id"] == job_id, f"results: job_id is {body['job_id']!r}")
    items: list[dict[str, Any]] = body["results"]
    indices = [item["frame_index"] for item in items]
    _require(indices == [*range(frames)], f"results: items {indices} for {frames} frames")
    width, height = resolution_wh
    for item in items:
        for found in item["result"]["detections"]:
            x1, y1, x2, y2 = box = found["bbox"]
            where = f"results, frame {item['frame_index']}: {found!r}"
            inside = x1 < x2 <= width and y1 < y2 <= height
            _require(inside, f"{where} is not a box inside {width} x {height}")
            rounded = [round(number, 1) for number in box], round(found["confidence"], 4)
            _require((box, found["confidence"]) == rounded, f"{where} has too many decimals")
    return items


def error(response: httpx.Response, code: int, what: str) -> str:
    """Expect an error with just a `detail`; returns the detail."""
    return str(_body(response, code, what, "Error")["detail"])


def _body(response: httpx.Response, code: int, what: str, component: str) -> dict[str, Any]:
    excerpt, found = " ".join(response.text[:200].split()), response.status_code
    _require(found == code, f"{what}: {found} instead of {code}: {excerpt}")
    kind = response.headers.get("content-type", "")
    _require(kind.startswith("application/json"), f"{what}: Content-Type is {kind!r}, not JSON")
    try:
        body: dict[str, Any] = response.json()
    except ValueError:
        raise UnexpectedResponse(f"{what}: the answer is not JSON: {excerpt}") from None
    for wrong in _validator(component).iter_errors(body):
        where = "/".join(map(str, wrong.path))
        raise UnexpectedResponse(f"{what}: {where}: {wrong.message[:500]}")
    return body


@cache
def _validator(component: str) -> Any:
    """The validator of a component, which forbids undocumented properties."""
    # Imported here because it takes 0.3 s.
    from jsonschema import Draft4Validator, FormatChecker

    # Generated in another process, because it loads DuckDB, whose binding reports leaks at exit if
    # jsonschema is loaded, too.
    command = [sys.executable, "manage.py", "spectacular", "--format", "openapi-json"]
    made = subprocess.run(command, cwd=settings.BASE_DIR, capture_output=True, check=True)
    schema = json.loads(made.stdout)
    for described in schema["components"]["schemas"].values():
        if described["type"] == "object":
            described["additionalProperties"] = False
    checker = FormatChecker(formats=())
    for name, pattern in FORMATS.items():
        checker.checks(name)(lambda value, pattern=pattern: pattern.fullmatch(str(value)))
    whole = {**schema, "$ref": f"#/components/schemas/{component}"}
    return Draft4Validator(whole, format_checker=checker)


def _require(holds: bool, message: str) -> None:
    if not holds:
        raise UnexpectedResponse(message)
