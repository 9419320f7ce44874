"""The status pages as the server sends them."""

from __future__ import annotations

import os
import re
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path

import pytest
from django.test import Client

from jobs import composition
from jobs.locks import ProcessLock
from jobs.models import JobRecord, JobStatus
from jobs.store.base import JobStore
from jobs.templatetags.job_pages import duration, lasted, moment, thousands

MARKUP = "<script>alert('1')</script>"


@pytest.fixture
def browser(data_folder: Path) -> Client:
    return Client(SERVER_NAME="localhost")


def text(browser: Client, path: str, status: int = 200) -> str:
    """The words of a page."""
    answer = browser.get(path)
    assert answer.status_code == status
    assert answer.headers["Cache-Control"] == "no-store"
    words = re.sub(r"</?(a|code|span|strong)\b[^>]*>", "", answer.content.decode())
    words = re.sub(r"<[^>]*>", " ", words)
    return " ".join(unescape(words).split())


def test_an_empty_installation_says_what_to_do(browser: Client) -> None:
    page = text(browser, "/")
    assert "No jobs yet. Submit a video to start one." in page
    assert "No worker is running. Start one with python manage.py run_worker" in page
    assert browser.get("/").content.count(b'data-active="no"') == 1


@pytest.mark.parametrize("status", list(JobStatus))
def test_a_job_in_the_list(
    browser: Client, job_in: Callable[[JobStatus], JobRecord], status: JobStatus
) -> None:
    job = job_in(status)
    answer = browser.get("/").content.decode()
    assert f'href="/jobs/{job.job_id}"' in answer
    assert f'<span class="badge badge-{status}">{status}</span>' in answer
    over = status in (JobStatus.COMPLETED, JobStatus.FAILED)
    assert ("so far" in answer) is not over
    assert f'data-active="{"no" if over else "yes"}"' in answer
    assert ("The video holds no frames." in answer) is (status is JobStatus.FAILED)


def test_the_filter_keeps_the_search_and_the_search_the_filter(
    browser: Client, job_in: Callable[[JobStatus], JobRecord]
) -> None:
    job = job_in(JobStatus.FAILED)
    prefix = str(job.job_id)[:8]
    answer = browser.get("/", {"status": "failed", "q": prefix}).content.decode()
    assert f'href="?status=completed&amp;q={prefix}"' in answer
    assert '<input type="hidden" name="status" value="failed">' in answer
    assert "1 result (1 total)" in text(browser, f"/?q={prefix}")


def test_what_comes_from_outside_is_text(browser: Client, store: JobStore) -> None:
    store.submit(uuid.uuid4(), MARKUP, "video_jobs/x.mp4")
    job = store.claim()
    assert job is not None
    store.fail(job.job_id, MARKUP)
    for path in ("/", f"/?q={MARKUP}", f"/?status={MARKUP}", f"/?p={MARKUP}", f"/?{MARKUP}=1"):
        assert MARKUP not in browser.get(path).content.decode(), path
    assert text(browser, "/").count(MARKUP) == 2


def test_the_worker_is_the_process_that_holds_its_lock(
    browser: Client, job_in: Callable[[JobStatus], JobRecord], data_folder: Path
) -> None:
    lock = ProcessLock(data_folder / "run" / "worker.lock")
    assert lock.acquire()
    assert f"The worker is idle (process {os.getpid()})" in text(browser, "/")
    job = job_in(JobStatus.RUNNING)
    assert f"The worker is processing {job.job_id} (process {os.getpid()})" in text(browser, "/")
    lock.release()
    assert f"No worker is running. Job {job.job_id} was interrupted." in text(browser, "/")


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("/nowhere", "There is nothing at this address."),
        ("/jobs/", "There is nothing at this address."),
        ("/jobs/abc", "'abc' is not a job ID: job IDs are UUIDs."),
        (f"/jobs/{uuid.UUID(int=0)}", "There is no job with this ID."),
    ],
)
def test_what_is_not_there_is_a_page_that_leads_back(
    browser: Client, path: str, message: str
) -> None:
    page = text(browser, path, 404)
    assert message in page
    assert "Go to all jobs." in page


@pytest.mark.parametrize("path", ["/", f"/jobs/{uuid.UUID(int=0)}"])
def test_the_store_does_not_answer(browser: Client, path: str) -> None:
    composition.job_store().close()
    page = text(browser, path, 503)
    assert "The job store has been closed" in page
    assert "Try again" in page
    assert browser.get(path).headers["Retry-After"] == "2"


def test_pages_are_read_only(browser: Client) -> None:
    assert browser.post("/").status_code == 405
    assert browser.delete("/").status_code == 405
    assert browser.head("/").status_code == 200


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-1, "0.00 s"),
        (0.844, "0.84 s"),
        (9.996, "10.0 s"),
        (59.94, "59.9 s"),
        (59.96, "1 min 0 s"),
        (3599.4, "59 min 59 s"),
        (3599.6, "1 h 0 min"),
        (7383, "2 h 3 min"),
        (86399.9, "1 d 0 h"),
        (100800, "1 d 4 h"),
    ],
)
def test_durations(seconds: float, words: str) -> None:
    assert duration(timedelta(seconds=seconds)) == words


def test_a_job_lasts_from_its_submission(job_in: Callable[[JobStatus], JobRecord]) -> None:
    job = job_in(JobStatus.RUNNING)
    assert lasted(job, job.created_at + timedelta(seconds=75)) == "1 min 15 s so far"


def test_times_and_numbers() -> None:
    assert moment(datetime(2026, 1, 2, 3, 4, 5, 6, UTC)) == (
        '<time datetime="2026-01-02T03:04:05.000006Z" title="2026-01-02 03:04:05.000006 UTC">'
        "2026-01-02 03:04:05 UTC</time>"
    )
    assert thousands(1234567) == "1,234,567"
