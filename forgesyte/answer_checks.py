"""Strict checks of the API's answers against what its documentation promises.

Each function returns the parsed answer or raises UnexpectedAnswer, whose message is one line.
"""

from __future__ import annotations

import re
import uuid
from typing import Any

from forgesyte.api_client import Answer

PROGRESS = {"pending": 0.0, "running": 0.5, "completed": 1.0, "failed": 1.0}
# ISO 8601 in UTC; the fraction of a second is left out when it is zero.
TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z")


class UnexpectedAnswer(Exception):
    """The API answered something else than its documentation says."""


def submitted(answer: Answer) -> str:
    """202 with the job's id and a `Location`; returns the id."""
    body = _object(answer, 202, "submit", {"job_id"})
    job_id = body["job_id"]
    _require(_is_uuid(job_id), f"submit: job_id is {job_id!r}, not a UUID")
    location = answer.headers.get("location", "")
    path = f"/v1/video/status/{job_id}"
    _require(
        location.endswith(path), f"submit: Location is {location!r}, not the status of the job"
    )
    return str(job_id)


def status(answer: Answer, job_id: str) -> dict[str, Any]:
    """200 with exactly the documented fields."""
    body = _object(answer, 200, "status")
    expected = {"job_id", "status", "progress", "created_at", "updated_at"}
    if body.get("status") == "failed":
        expected.add("error_message")
    _require_keys(body, expected, "status")
    _require(body["job_id"] == job_id, f"status: job_id is {body['job_id']!r}, not {job_id!r}")
    _require(body["status"] in PROGRESS, f"status: status is {body['status']!r}")
    progress = PROGRESS[body["status"]]
    _require(
        isinstance(body["progress"], float) and body["progress"] == progress,
        f"status: progress of a {body['status']} job is {body['progress']!r}, not {progress}",
    )
    _require_timestamps(body, "status")
    cached = answer.headers.get("cache-control")
    _require(cached == "no-store", f"status: Cache-Control is {cached!r}, not 'no-store'")
    return body


def results(
    answer: Answer, job_id: str, frames: int, resolution_wh: tuple[int, int]
) -> list[dict[str, Any]]:
    """200 with one documented item for each of `frames` frames of `resolution_wh` pixels."""
    body = _object(answer, 200, "results", {"job_id", "results", "created_at", "updated_at"})
    _require(body["job_id"] == job_id, f"results: job_id is {body['job_id']!r}, not {job_id!r}")
    _require_timestamps(body, "results")
    items: list[dict[str, Any]] = body["results"]
    _require(isinstance(items, list), "results: results is not an array")
    _require(len(items) == frames, f"results: {len(items)} items for {frames} frames")
    for index, item in enumerate(items):
        _check_frame(item, index, resolution_wh)
    return items


def error(answer: Answer, code: int, what: str) -> str:
    """An error with nothing but a `detail`; returns the detail."""
    detail = _object(answer, code, what, {"detail"})["detail"]
    _require(isinstance(detail, str) and bool(detail), f"{what}: detail is {detail!r}")
    return str(detail)


def _check_frame(item: Any, index: int, resolution_wh: tuple[int, int]) -> None:
    where = f"results, frame {index}"
    _require_keys(item, {"frame_index", "result"}, where)
    _require(item["frame_index"] == index, f"{where}: frame_index is {item['frame_index']!r}")
    _require_keys(item["result"], {"detections", "text"}, where)
    _require(isinstance(item["result"]["text"], str), f"{where}: text is not a string")
    _require(isinstance(item["result"]["detections"], list), f"{where}: detections is no array")
    for detection in item["result"]["detections"]:
        _check_detection(detection, where, resolution_wh)


def _check_detection(detection: Any, where: str, resolution_wh: tuple[int, int]) -> None:
    _require_keys(detection, {"bbox", "class", "confidence"}, where)
    bbox, confidence = detection["bbox"], detection["confidence"]
    _require(
        isinstance(bbox, list) and len(bbox) == 4 and all(_rounded(value, 1) for value in bbox),
        f"{where}: bbox is {bbox!r}, not four numbers with one decimal",
    )
    x1, y1, x2, y2 = bbox
    width, height = resolution_wh
    inside = 0 <= x1 < x2 <= width and 0 <= y1 < y2 <= height
    _require(inside, f"{where}: bbox {bbox!r} is not a box inside {width} x {height}")
    named = isinstance(detection["class"], str) and bool(detection["class"])
    _require(named, f"{where}: class is {detection['class']!r}")
    _require(
        _rounded(confidence, 4) and 0 <= confidence <= 1,
        f"{where}: confidence is {confidence!r}, not 0 to 1 with four decimals",
    )


def _object(answer: Answer, code: int, what: str, keys: set[str] | None = None) -> dict[str, Any]:
    _require(
        answer.status == code, f"{what}: {answer.status} instead of {code}: {_excerpt(answer)}"
    )
    kind = answer.headers.get("content-type", "")
    _require(kind.startswith("application/json"), f"{what}: Content-Type is {kind!r}, not JSON")
    try:
        body = answer.json()
    except ValueError:
        raise UnexpectedAnswer(f"{what}: the answer is not JSON: {_excerpt(answer)}") from None
    _require(isinstance(body, dict), f"{what}: the answer is not an object: {_excerpt(answer)}")
    if keys is not None:
        _require_keys(body, keys, what)
    parsed: dict[str, Any] = body
    return parsed


def _require(holds: bool, message: str) -> None:
    if not holds:
        raise UnexpectedAnswer(message)


def _require_keys(value: Any, keys: set[str], where: str) -> None:
    found = sorted(value) if isinstance(value, dict) else value
    _require(found == sorted(keys), f"{where}: the keys are {found!r}, not {sorted(keys)!r}")


def _require_timestamps(body: dict[str, Any], where: str) -> None:
    for key in ("created_at", "updated_at"):
        valid = isinstance(body[key], str) and TIMESTAMP.fullmatch(body[key])
        _require(bool(valid), f"{where}: {key} is {body[key]!r}, not ISO 8601 with Z")


def _rounded(value: Any, decimals: int) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return bool(round(value, decimals) == value)


def _is_uuid(value: Any) -> bool:
    try:
        return bool(str(uuid.UUID(value)) == value)
    except (ValueError, TypeError, AttributeError):
        return False


def _excerpt(answer: Answer) -> str:
    return " ".join(answer.body[:200].decode(errors="replace").split())
