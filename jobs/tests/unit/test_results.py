"""GET /v1/video/results/{job_id}."""

from __future__ import annotations

import gzip
import json
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest
from rest_framework.test import APIClient

from jobs.models import JobRecord, JobStatus
from jobs.storage.base import StorageService

URL = "/v1/video/results/{}"
ITEMS = [
    {
        "frame_index": 0,
        "result": {
            "detections": [{"bbox": [1.0, 2.5, 30.0, 40.1], "class": "text", "confidence": 0.93}],
            "text": "GOAL\nHOME 1 : 0 AWAY — é",
        },
    },
    {"frame_index": 1, "result": {"detections": [], "text": ""}},
]
STORED = (json.dumps(ITEMS, sort_keys=True, separators=(",", ":")) + "\n").encode()
JobIn = Callable[[JobStatus], JobRecord]


@pytest.fixture
def completed(completed_with: Callable[[bytes], JobRecord]) -> JobRecord:
    return completed_with(STORED)


@pytest.mark.parametrize("prefix", ["/v1/video", "/video"])
def test_results_completed(api: APIClient, completed: JobRecord, prefix: str) -> None:
    answer = api.get(f"{prefix}/results/{completed.job_id}")
    assert answer.status_code == 200
    assert json.loads(answer.getvalue())["results"] == ITEMS


def test_results_response_schema(api: APIClient, completed: JobRecord) -> None:
    answer = api.get(URL.format(completed.job_id))
    body = json.loads(answer.getvalue())
    assert set(body) == {"job_id", "results", "created_at", "updated_at"}
    assert body["job_id"] == str(completed.job_id)
    assert body["created_at"].endswith("Z")
    assert (
        body["updated_at"] == api.get(f"/v1/video/status/{completed.job_id}").json()["updated_at"]
    )
    assert answer["Content-Type"] == "application/json"


def test_results_format_matches_phase15(api: APIClient, completed: JobRecord) -> None:
    for item in json.loads(api.get(URL.format(completed.job_id)).getvalue())["results"]:
        assert set(item) == {"frame_index", "result"}
        assert set(item["result"]) == {"detections", "text"}
        for detection in item["result"]["detections"]:
            assert set(detection) == {"bbox", "class", "confidence"}


def test_stored_array_goes_out_byte_for_byte(api: APIClient, completed: JobRecord) -> None:
    answer = api.get(URL.format(completed.job_id))
    body = answer.getvalue()
    assert STORED in body
    assert answer["Content-Length"] == str(len(body))


def test_results_are_compressed_and_fetched_once(api: APIClient, completed: JobRecord) -> None:
    url = URL.format(completed.job_id)
    plain, packed = api.get(url), api.get(url, HTTP_ACCEPT_ENCODING="gzip")
    whole = plain.getvalue()
    assert gzip.decompress(packed.getvalue()) == whole
    assert packed["Content-Disposition"] == f'inline; filename="{completed.job_id}_results.json"'
    for answer in (plain, packed):
        again = api.get(url, HTTP_IF_NONE_MATCH=answer["ETag"])
        assert (again.status_code, again.content) == (304, b"")
    assert api.get(url, HTTP_IF_NONE_MATCH='"another"').getvalue() == whole


def not_available(api: APIClient, job_id: object) -> str:
    answer = api.get(URL.format(job_id))
    assert (answer.status_code, list(answer.json())) == (404, ["detail"])
    return str(answer.json()["detail"])


def test_results_pending(api: APIClient, job_in: JobIn) -> None:
    assert "is pending" in not_available(api, job_in(JobStatus.PENDING).job_id)


def test_results_running(api: APIClient, job_in: JobIn) -> None:
    assert "is running" in not_available(api, job_in(JobStatus.RUNNING).job_id)


def test_results_failed(api: APIClient, job_in: JobIn) -> None:
    assert "failed" in not_available(api, job_in(JobStatus.FAILED).job_id)


def test_results_not_found(api: APIClient) -> None:
    assert "no job with this ID" in not_available(api, uuid.uuid4())
    assert "UUID" in not_available(api, "nonsense")


def test_results_file_removed(
    api: APIClient, completed: JobRecord, storage: StorageService
) -> None:
    assert completed.output_path is not None
    storage.delete_file(completed.output_path)
    assert "has been removed" in not_available(api, completed.job_id)


@pytest.mark.parametrize(
    "damage", [b"", b"[", STORED.rstrip()[:-1], STORED[1:], b"\0" * 4096, b"}"]
)
def test_results_file_damaged(
    api: APIClient, completed: JobRecord, storage: StorageService, damage: bytes
) -> None:
    assert completed.output_path is not None
    storage.load_file(completed.output_path).write_bytes(damage)
    assert "has been damaged" in not_available(api, completed.job_id)


def test_results_file_replaced_by_a_folder(
    api: APIClient, completed: JobRecord, storage: StorageService, data_folder: Path
) -> None:
    assert completed.output_path is not None
    storage.delete_file(completed.output_path)
    (data_folder / completed.output_path).mkdir()
    assert "has been removed" in not_available(api, completed.job_id)
