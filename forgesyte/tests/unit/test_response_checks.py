"""The checks accept what is documented and nothing else."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from forgesyte import response_checks
from forgesyte.response_checks import UnexpectedResponse

JOB_ID = "0b8f4a52-6f0e-4f0c-9a53-1f1f3f0c7d55"
TIMES = {"created_at": "2026-11-22T18:00:00Z", "updated_at": "2026-11-22T18:00:01.250000Z"}
STATUS = {"job_id": JOB_ID, "status": "running", "progress": 0.5, **TIMES}
DETECTION = {"bbox": [1.0, 2.5, 30.0, 40.0], "class": "text", "confidence": 0.9312}
FRAME = {"frame_index": 0, "result": {"detections": [DETECTION], "text": "A\nB"}}
RESULTS = {"job_id": JOB_ID, "results": [FRAME], **TIMES}


def answer(body: Any, code: int = 200, **headers: str) -> httpx.Response:
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.Response(code, headers=names, json=body)


def status_of(body: Any, cache_control: str = "no-store") -> dict[str, Any]:
    return response_checks.status(answer(body, cache_control=cache_control), JOB_ID)


def results_of(body: Any) -> list[dict[str, Any]]:
    return response_checks.results(answer(body), JOB_ID, 1, (100, 50))


def test_documented_answers_pass() -> None:
    location = f"/v1/video/status/{JOB_ID}"
    submitted = answer({"job_id": JOB_ID}, 202, location=location)
    assert response_checks.submitted(submitted) == JOB_ID
    assert status_of(STATUS) == STATUS
    failed = {**STATUS, "status": "failed", "progress": 1.0, "error_message": "Damaged."}
    assert status_of(failed) == failed
    assert results_of(RESULTS) == [FRAME]
    assert response_checks.error(answer({"detail": "No."}, 404), 404, "status") == "No."


@pytest.mark.parametrize(
    "change",
    [
        {"job_id": "other"},
        {"progress": 1.0},
        {"created_at": "2026-11-22 18:00:00"},
        {"error_message": "running jobs have none"},
        {"worker_id": 1},
    ],
)
def test_other_statuses_do_not(change: dict[str, Any]) -> None:
    with pytest.raises(UnexpectedResponse):
        status_of({**STATUS, **change})


def test_a_status_that_may_be_cached_does_not() -> None:
    with pytest.raises(UnexpectedResponse, match="Cache-Control"):
        status_of(STATUS, cache_control="max-age=60")


@pytest.mark.parametrize(
    "change",
    [{"bbox": box} for box in ([1, 2, 1, 4], [1, 2, 101, 4], [1.05, 2, 3, 4])]
    + [{"confidence": 0.93125}, {"class": ""}, {"more": 1}],
)
def test_other_detections_do_not(change: dict[str, Any]) -> None:
    result = {"detections": [{**DETECTION, **change}], "text": ""}
    with pytest.raises(UnexpectedResponse):
        results_of({**RESULTS, "results": [{"frame_index": 0, "result": result}]})


@pytest.mark.parametrize(
    "items", [[], [{**FRAME, "frame_index": 1}], [{**FRAME, "time": 0}], [FRAME, FRAME]]
)
def test_other_results_do_not(items: Any) -> None:
    with pytest.raises(UnexpectedResponse):
        results_of({**RESULTS, "results": items})


def test_an_answer_that_is_not_json_does_not() -> None:
    page = httpx.Response(404, html="<html>")
    with pytest.raises(UnexpectedResponse, match="Content-Type"):
        response_checks.error(page, 404, "status")
