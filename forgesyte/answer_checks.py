"""Strict checks of the API's answers against what its documentation promises.

Each function returns the parsed answer or raises UnexpectedAnswer, whose message is one line.
"""

from __future__ import annotations

from typing import Any

import httpx
import jsonschema

PROGRESS = {"pending": 0.0, "running": 0.5, "completed": 1.0, "failed": 1.0}
Schema = dict[str, Any]


class UnexpectedAnswer(Exception):
    """The API answered something else than its documentation says."""


def _record(**properties: Schema) -> Schema:
    """An object with exactly these keys."""
    keys = {"required": list(properties), "additionalProperties": False}
    return {"type": "object", "properties": properties, **keys}


def _text(pattern: str) -> Schema:
    return {"type": "string", "pattern": pattern}


UUID = _text(r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z")
# ISO 8601 in UTC; the fraction of a second is left out when it is zero.
MOMENT = _text(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z\Z")
MOMENTS: dict[str, Any] = {"created_at": MOMENT, "updated_at": MOMENT}
BOX: Schema = {"type": "array", "items": {"type": "number"}, "minItems": 4, "maxItems": 4}
CONFIDENCE: Schema = {"type": "number", "minimum": 0, "maximum": 1}
CLASS: dict[str, Any] = {"class": _text(".")}
DETECTION = _record(bbox=BOX, confidence=CONFIDENCE, **CLASS)
RESULT = _record(detections={"type": "array", "items": DETECTION}, text={"type": "string"})


def submitted(answer: httpx.Response) -> str:
    """202 with the job's id and a `Location`; returns the id."""
    job_id = str(_body(answer, 202, "submit", _record(job_id=UUID))["job_id"])
    location = answer.headers.get("location", "")
    _require(
        location.endswith(f"/v1/video/status/{job_id}"),
        f"submit: Location is {location!r}, not the status of the job",
    )
    return job_id


def status(answer: httpx.Response, job_id: str) -> dict[str, Any]:
    """200 with exactly the documented fields."""
    body = _body(answer, 200, "status", {"type": "object", "required": ["status"]})
    expected = {"job_id": {"const": job_id}, "status": {"enum": list(PROGRESS)}, **MOMENTS}
    if body["status"] == "failed":
        expected["error_message"] = _text(".")
    _match(body, _record(**expected, progress={"const": PROGRESS.get(body["status"])}), "status")
    cached = answer.headers.get("cache-control")
    _require(cached == "no-store", f"status: Cache-Control is {cached!r}, not 'no-store'")
    return body


def results(
    answer: httpx.Response, job_id: str, frames: int, resolution_wh: tuple[int, int]
) -> list[dict[str, Any]]:
    """200 with one documented item for each of `frames` frames of `resolution_wh` pixels."""
    schema = _record(job_id={"const": job_id}, results={"type": "array"}, **MOMENTS)
    items: list[dict[str, Any]] = _body(answer, 200, "results", schema)["results"]
    _require(len(items) == frames, f"results: {len(items)} items for {frames} frames")
    width, height = resolution_wh
    for index, item in enumerate(items):
        where = f"results, frame {index}"
        _match(item, _record(frame_index={"const": index}, result=RESULT), where)
        for detection in item["result"]["detections"]:
            bbox, confidence = detection["bbox"], detection["confidence"]
            x1, y1, x2, y2 = bbox
            inside = 0 <= x1 < x2 <= width and 0 <= y1 < y2 <= height
            _require(inside, f"{where}: bbox {bbox!r} is not a box inside {width} x {height}")
            rounded = [round(value, 1) for value in bbox] == bbox
            _require(rounded, f"{where}: bbox is {bbox!r}, not four numbers with one decimal")
            rounded = round(confidence, 4) == confidence
            _require(rounded, f"{where}: confidence is {confidence!r}, not with four decimals")
    return items


def error(answer: httpx.Response, code: int, what: str) -> str:
    """An error with nothing but a `detail`; returns the detail."""
    return str(_body(answer, code, what, _record(detail=_text(".")))["detail"])


def _body(answer: httpx.Response, code: int, what: str, schema: Schema) -> dict[str, Any]:
    excerpt = " ".join(answer.text[:200].split())
    _require(
        answer.status_code == code, f"{what}: {answer.status_code} instead of {code}: {excerpt}"
    )
    kind = answer.headers.get("content-type", "")
    _require(kind.startswith("application/json"), f"{what}: Content-Type is {kind!r}, not JSON")
    try:
        body: dict[str, Any] = answer.json()
    except ValueError:
        raise UnexpectedAnswer(f"{what}: the answer is not JSON: {excerpt}") from None
    _match(body, schema, what)
    return body


def _match(value: Any, schema: Schema, where: str) -> None:
    try:
        jsonschema.validate(value, schema)
    except jsonschema.ValidationError as error:
        raise UnexpectedAnswer(f"{where}: {error.json_path} {error.message[:300]}") from None


def _require(holds: bool, message: str) -> None:
    if not holds:
        raise UnexpectedAnswer(message)
