"""The routes as pages, and that programs see nothing of them."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from rest_framework.test import APIClient

from jobs.api.results import EXCERPT_FRAMES
from jobs.exceptions import ResultsUnreadable
from jobs.models import JobQuery, JobRecord, JobStatus
from jobs.storage.base import StorageService
from jobs.store.base import JobStore
from jobs.tests.conftest import mp4
from pipeline.definitions import descriptions

SUBMIT = "/v1/video/submit"
CHROME = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"
JobIn = Callable[[JobStatus], JobRecord]
Page = Callable[..., str]


@pytest.fixture
def page(api: APIClient) -> Page:
    """An address as a browser gets it."""

    def get(path: str, expected: int = 200) -> str:
        answer = api.get(path, HTTP_ACCEPT=CHROME)
        assert answer.status_code == expected
        assert answer["Content-Type"] == "text/html; charset=utf-8"
        return str(answer.content.decode())

    return get


@pytest.fixture
def completed(completed_with: Callable[[bytes], JobRecord]) -> JobRecord:
    """With a thousand frames, the text of which is markup."""
    found = {"detections": [], "text": "<script>alert(1)</script>"}
    items = [{"frame_index": index, "result": found} for index in range(1000)]
    return completed_with(json.dumps(items).encode())


def links(html: str) -> set[str]:
    return set(re.findall(r'href="([^"#]+)"', html))


def test_the_upload_form(page: Page) -> None:
    html = page(SUBMIT)
    assert f'action="{SUBMIT}" method="post" enctype="multipart/form-data"' in html
    assert re.search(r'<input id="field-file" name="file" type="file"', html)
    for name, description in descriptions().items():
        checked = " checked" if name == "yolo_ocr" else ""
        assert f'<input type="radio" name="pipeline_id" value="{name}"{checked}>' in html
        assert f"<b>{name}</b> {description}" in unescape(html)
    assert "curl -F file=@video.mp4 -F pipeline_id=yolo_ocr http://testserver/v1/video/" in html
    assert "Response to" not in html


@pytest.mark.parametrize("status", list(JobStatus))
def test_a_jobs_pages_lead_to_each_other(page: Page, job_in: JobIn, status: JobStatus) -> None:
    job = job_in(status)
    html = page(f"/v1/video/status/{job.job_id}")
    assert f"&quot;status&quot;: &quot;{status}&quot;" in html
    assert {
        f"http://testserver/v1/video/status/{job.job_id}",
        f"http://testserver/v1/video/results/{job.job_id}",
        f"/jobs/{job.job_id}",
        f"/v1/video/status/{job.job_id}?format=json",
        "/v1/docs",
        SUBMIT,
    } <= links(html)


def test_json_for_clients_that_accept_something_else(api: APIClient, job_in: JobIn) -> None:
    path = f"/v1/video/status/{job_in(JobStatus.PENDING).job_id}"
    assert api.get(path, HTTP_ACCEPT="application/xml").status_code == 406
    assert api.get(f"{path}?format=json", HTTP_ACCEPT="application/xml").status_code == 200
    assert api.get(f"{path}?format=xml", HTTP_ACCEPT="application/json").status_code == 404


def test_a_submission_leads_to_the_page_of_its_job(api: APIClient, store: JobStore) -> None:
    answer = api.post(SUBMIT, {"file": mp4()}, format="multipart", HTTP_ACCEPT=CHROME)
    (job,) = store.list_jobs(JobQuery()).jobs
    assert (answer.status_code, answer["Location"]) == (303, f"/jobs/{job.job_id}")


def test_a_page_shows_few_of_the_frames(page: Page, completed: JobRecord) -> None:
    path = f"/v1/video/results/{completed.job_id}"
    html = page(path)
    assert html.count("frame_index") == EXCERPT_FRAMES
    assert "&lt;script&gt;alert" in html
    assert "<script>" not in html
    assert f"{path}?format=json" in links(html)
    assert len(html) < 20_000


def test_a_page_reads_no_more_than_it_shows(
    page: Page, completed: JobRecord, storage: StorageService
) -> None:
    assert completed.output_path is not None
    with storage.load_file(completed.output_path).open("r+b") as file:
        file.seek(100_000_000)
        file.write(b"]")
    assert page(f"/v1/video/results/{completed.job_id}").count("frame_index") == EXCERPT_FRAMES


def test_results_that_are_damaged(
    page: Page, completed: JobRecord, storage: StorageService
) -> None:
    assert completed.output_path is not None
    storage.load_file(completed.output_path).write_text('[{"frame_index": 0, oops}]')
    html = page(f"/v1/video/results/{completed.job_id}", ResultsUnreadable.http_status)
    assert str(ResultsUnreadable()) in unescape(html)


def test_errors_are_pages(page: Page, job_in: JobIn, api: APIClient) -> None:
    pending = job_in(JobStatus.PENDING).job_id
    html = page(f"/v1/video/results/{pending}", 404)
    assert "This job is pending" in html
    assert f"http://testserver/v1/video/status/{pending}" in links(html)
    for unknown in (str(uuid.uuid4()), "<b>x<"):
        html = page(f"/v1/video/status/{unknown}", 404)
        assert "job ID" in html or "no job with this ID" in html
        assert not any(link.startswith("/jobs/") or "results" in link for link in links(html))
        assert "<b>x" not in html
    answer = api.post(SUBMIT, {"file": mp4(b"x")}, format="multipart", HTTP_ACCEPT=CHROME)
    assert (answer.status_code, answer["Content-Type"]) == (400, "text/html; charset=utf-8")
    assert "This is not an MP4 file" in answer.content.decode()
    assert 'type="file"' in answer.content.decode()


@pytest.mark.parametrize("accept", ["*/*", "application/json", "application/*", None])
def test_programs_get_json(api: APIClient, completed: JobRecord, accept: str | None) -> None:
    headers: dict[str, Any] = {} if accept is None else {"HTTP_ACCEPT": accept}
    for path, status in [(SUBMIT, 405), (f"/v1/video/status/{completed.job_id}", 200)]:
        answer = api.get(path, **headers)
        assert (answer.status_code, answer["Content-Type"]) == (status, "application/json")
    answer = api.get(f"/v1/video/results/{completed.job_id}", **headers)
    assert len(json.loads(answer.getvalue())["results"]) == 1000


def test_a_browser_gets_json_if_it_asks_for_it(api: APIClient, completed: JobRecord) -> None:
    path = f"/v1/video/results/{completed.job_id}?format=json"
    answer = api.get(path, HTTP_ACCEPT=CHROME)
    assert answer["Content-Type"] == "application/json"
    assert len(json.loads(answer.getvalue())["results"]) == 1000
