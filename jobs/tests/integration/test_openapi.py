"""The OpenAPI schema against what the routes really answer."""

from __future__ import annotations

import json
import os
import uuid
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from django.core.management import call_command
from rest_framework.test import APIClient

from jobs import composition
from jobs.exceptions import StoreUnavailable
from jobs.models import JobRecord, JobStatus
from jobs.storage.base import StorageService
from jobs.tests.conftest import MP4_HEAD, mp4
from pipeline.definitions import known_pipelines

SUBMIT, STATUS, RESULTS = (
    f"/v1/video/{route}" for route in ("submit", "status/{job_id}", "results/{job_id}")
)
ITEM = {
    "frame_index": 0,
    "result": {
        "detections": [{"bbox": [1.0, 2.5, 30.0, 40.1], "class": "text", "confidence": 0.93}],
        "text": "GOAL\nHOME 1 : 0 AWAY — é",
    },
}
JobIn = Callable[[JobStatus], JobRecord]
formats = jsonschema.FormatChecker(formats=())


@formats.checks("uuid", raises=ValueError)
def is_uuid(value: object) -> bool:
    return str(uuid.UUID(str(value))) == value


@formats.checks("date-time", raises=ValueError)
def is_utc(value: object) -> bool:
    return str(value).endswith("Z") and datetime.fromisoformat(str(value)) is not None


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    """As a client gets it."""
    answer = APIClient().get("/v1/schema", HTTP_ACCEPT="application/json")
    parsed: dict[str, Any] = json.loads(answer.content)
    return parsed


class Checked:
    """Calls the API and holds each answer against the schema."""

    def __init__(self, api: APIClient, schema: dict[str, Any]) -> None:
        self._api, self._schema = api, schema
        self.seen: set[tuple[str, int]] = set()

    def get(self, path: str, job_id: object, expected: int, **headers: str) -> dict[str, Any]:
        answer = self._api.get(path.replace("{job_id}", str(job_id)), **headers)  # type: ignore[arg-type]
        return self._check(path, "get", answer, expected)

    def submit(self, expected: int, query: str = "", **fields: Any) -> dict[str, Any]:
        answer = self._api.post(SUBMIT + query, fields, format="multipart")
        return self._check(SUBMIT, "post", answer, expected)

    def post(self, expected: int, **request: Any) -> None:
        self._check(SUBMIT, "post", self._api.post(SUBMIT, **request), expected)

    def _check(self, path: str, method: str, answer: Any, expected: int) -> dict[str, Any]:
        assert answer.status_code == expected
        described = self._schema["paths"][path][method]["responses"][str(expected)]
        (kind,) = described["content"]
        assert answer["Content-Type"] == kind
        body: dict[str, Any] = json.loads(answer.getvalue())
        whole = {**self._schema, **described["content"][kind]["schema"]}
        jsonschema.Draft4Validator(whole, format_checker=formats).validate(body)
        undescribed = set(answer.headers) & {"Location", "Cache-Control", "Retry-After"}
        assert undescribed == set(described.get("headers", {}))
        self.seen.add((path, expected))
        return body


@pytest.fixture
def checked(api: APIClient, schema: dict[str, Any]) -> Checked:
    api.raise_request_exception = False
    # Properties that are not described are an error, all the way down.
    for component in schema["components"]["schemas"].values():
        if component["type"] == "object":
            component["additionalProperties"] = False
    return Checked(api, schema)


@pytest.fixture
def completed(completed_with: Callable[[bytes], JobRecord]) -> JobRecord:
    return completed_with(json.dumps([ITEM]).encode())


def test_the_schema_is_valid_and_made_without_a_warning(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("spectacular", validate=True, fail_on_warn=True)
    assert "openapi: 3." in capsys.readouterr().out


def test_what_linters_ask_for(schema: dict[str, Any]) -> None:
    """The recommended rules of redocly and spectral that drf-spectacular does not follow itself."""
    assert schema["info"]["license"]["url"] and schema["info"]["contact"]
    tags = {tag["name"] for tag in schema["tags"]}
    for path in schema["paths"].values():
        for operation in path.values():
            assert set(operation["tags"]) <= tags
            assert operation["summary"] and operation["description"]


def test_submissions(
    checked: Checked, settings: Any, data_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    checked.submit(202, file=mp4())
    checked.submit(202, "?pipeline_id=yolo_ocr", file=mp4(), pipeline_id="")
    checked.submit(400)
    checked.submit(400, file=mp4(b""))
    checked.submit(400, file=mp4(b"PNG"))
    checked.submit(400, file=mp4(), pipeline_id="nonsense")
    checked.post(400, data="x", content_type="multipart/form-data")
    checked.post(400, data={}, HTTP_HOST="elsewhere.example")
    checked.post(403, data={}, HTTP_SEC_FETCH_SITE="cross-site")
    checked.post(406, data={}, HTTP_ACCEPT="image/png")
    checked.post(415, data={}, format="json")
    largest, settings.MAX_UPLOAD_BYTES = settings.MAX_UPLOAD_BYTES, 100
    checked.submit(413, file=mp4(MP4_HEAD + bytes(200)))
    settings.MAX_UPLOAD_BYTES = largest
    with monkeypatch.context() as patch:
        free = os.statvfs(data_folder)
        full = os.statvfs_result((*free[:3], 0, 0, *free[5:10]))
        patch.setattr(os, "statvfs", lambda path: full)
        checked.submit(507, file=mp4())
    for error, status in [(StoreUnavailable, 503), (RuntimeError, 500)]:
        with monkeypatch.context() as patch:
            patch.setattr(composition.job_store(), "submit", raising(error))
            checked.submit(status, file=mp4())
    assert checked.seen == described(checked, SUBMIT)


@pytest.mark.parametrize("path", [STATUS, RESULTS])
def test_questions_about_jobs(
    path: str,
    checked: Checked,
    job_in: JobIn,
    completed: JobRecord,
    storage: StorageService,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    without_results = 404 if path == RESULTS else 200
    checked.get(path, completed.job_id, 200)
    for status in (JobStatus.FAILED, JobStatus.RUNNING, JobStatus.PENDING):
        job = job_in(status)
        body = checked.get(path, job.job_id, without_results)
        assert ("error_message" in body) == (path == STATUS and status is JobStatus.FAILED)
    checked.get(path, uuid.uuid4(), 404)
    checked.get(path, "nonsense", 404)
    checked.get(path, job.job_id, 400, HTTP_HOST="elsewhere.example")
    checked.get(path, job.job_id, 406, HTTP_ACCEPT="image/png")
    assert completed.output_path is not None
    storage.delete_file(completed.output_path)
    checked.get(path, completed.job_id, without_results)
    for error, code in [(StoreUnavailable, 503), (RuntimeError, 500)]:
        with monkeypatch.context() as patch:
            patch.setattr(composition.job_store(), "get", raising(error))
            checked.get(path, job.job_id, code)
    assert checked.seen == described(checked, path)


def test_the_schema_takes_every_pipeline(schema: dict[str, Any]) -> None:
    form = schema["components"]["schemas"]["Submit"]["properties"]
    assert (form["file"]["type"], form["file"]["format"]) == ("string", "binary")
    assert "default" not in form["pipeline_id"]  # generators would demand it
    for name in ("", *known_pipelines()):
        jsonschema.validate(name, form["pipeline_id"])
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate("../x", form["pipeline_id"])


def described(checked: Checked, path: str) -> set[tuple[str, int]]:
    (operation,) = checked._schema["paths"][path].values()
    return {(path, int(status)) for status in operation["responses"]}


def raising(error: type[Exception]) -> Callable[..., None]:
    def call(*args: object) -> None:
        raise error

    return call
