"""GET /v1/video/status/{job_id}."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable

import pytest
from rest_framework.test import APIClient

from jobs import composition
from jobs.exceptions import StoreUnavailable
from jobs.models import JobRecord, JobStatus

URL = "/v1/video/status/{}"
JobIn = Callable[[JobStatus], JobRecord]


def status_of(api: APIClient, job: JobRecord) -> tuple[str, float]:
    answer = api.get(URL.format(job.job_id))
    assert answer.status_code == 200
    return answer.json()["status"], answer.json()["progress"]


def test_status_pending(api: APIClient, job_in: JobIn) -> None:
    assert status_of(api, job_in(JobStatus.PENDING)) == ("pending", 0.0)


def test_status_running(api: APIClient, job_in: JobIn) -> None:
    assert status_of(api, job_in(JobStatus.RUNNING)) == ("running", 0.5)


def test_status_completed(api: APIClient, job_in: JobIn) -> None:
    assert status_of(api, job_in(JobStatus.COMPLETED)) == ("completed", 1.0)


def test_status_failed(api: APIClient, job_in: JobIn) -> None:
    job = job_in(JobStatus.FAILED)
    assert status_of(api, job) == ("failed", 1.0)
    answer = api.get(URL.format(job.job_id)).json()
    assert answer["error_message"] == "The video holds no frames."


@pytest.mark.parametrize("prefix", ["/v1/video", "/video"])
def test_status_response_schema(api: APIClient, job_in: JobIn, prefix: str) -> None:
    job = job_in(JobStatus.RUNNING)
    answer = api.get(f"{prefix}/status/{job.job_id}")
    body = answer.json()
    assert set(body) == {"job_id", "status", "progress", "created_at", "updated_at"}
    assert body["job_id"] == str(job.job_id)
    for name in ("created_at", "updated_at"):
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", body[name])
    assert answer["Cache-Control"] == "no-store"


def test_status_not_found(api: APIClient) -> None:
    answer = api.get(URL.format(uuid.uuid4()))
    assert (answer.status_code, answer.json()) == (404, {"detail": "There is no job with this ID."})


@pytest.mark.parametrize("wrong", ["1", "nonsense", "123e4567-e89b-12d3-a456-42661417400", "..."])
def test_status_bad_uuid(api: APIClient, wrong: str) -> None:
    answer = api.get(URL.format(wrong))
    assert answer.status_code == 404
    assert answer.json() == {"detail": f"'{wrong}' is not a job ID: job IDs are UUIDs."}


def test_interruption_note_is_not_shown_while_pending(api: APIClient, job_in: JobIn) -> None:
    job = job_in(JobStatus.RUNNING)
    composition.job_store().start_worker()
    body = api.get(URL.format(job.job_id)).json()
    assert body["status"] == "pending"
    assert "error_message" not in body


def test_store_unavailable(api: APIClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(job_id: uuid.UUID) -> JobRecord:
        raise StoreUnavailable

    with monkeypatch.context() as patch:
        patch.setattr(composition.job_store(), "get", refuse)
        answer = api.get(URL.format(uuid.uuid4()))
    assert answer.status_code == 503
    assert answer["Retry-After"] == "2"
    assert "Try again" in answer.json()["detail"]
