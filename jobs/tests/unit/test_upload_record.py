"""The name of the uploaded file, from the submission to whoever looks at the job."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest
from django.test import Client
from rest_framework.test import APIClient

from jobs.models import JobRecord, JobStatus
from jobs.storage.base import StorageService
from jobs.storage.names import upload_name
from jobs.tests.conftest import mp4
from jobs.upload_record import load_upload_name, sanitized


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("Новости дня.mp4", "Новости дня.mp4"),
        ("会議 2026.mp4", "会議 2026.mp4"),
        ("می‌خواهم.mp4", "می‌خواهم.mp4"),
        ("/etc/secret/clip.mp4", "clip.mp4"),
        (r"C:\Users\me\clip.mp4", "clip.mp4"),
        ("a\r\nb\x1b[2J\tc.mp4", "ab[2Jc.mp4"),
        ("evil\u202e4pm.exe", "evil4pm.exe"),
        ("u\u0308ber.mp4", "über.mp4"),
        ("  two   blanks .mp4 ", "two blanks .mp4"),
        ("\ud800.mp4", ".mp4"),
        ("..", ".."),
        ("", ""),
        ("x" * 300 + ".mp4", "x" * 99 + "…" + "x" * 16 + ".mp4"),
    ],
)
def test_names_are_cleaned(name: str, kept: str) -> None:
    assert sanitized(name) == kept
    assert sanitized(kept) == kept


def test_name_is_kept_and_shown(api: APIClient, storage: StorageService) -> None:
    answer = api.post("/v1/video/submit", {"file": mp4(name="<b>Новости 1.mp4")})
    job_id = uuid.UUID(answer.json()["job_id"])
    assert load_upload_name(storage, job_id) == "<b>Новости 1.mp4"
    for page in ("/", f"/jobs/{job_id}"):
        content = Client().get(page).content.decode()
        assert "&lt;b&gt;Новости 1.mp4" in content
        assert "<b>" not in content


def test_job_without_a_name(job_in: Callable[[JobStatus], JobRecord]) -> None:
    job = job_in(JobStatus.PENDING)
    for page in ("/", f"/jobs/{job.job_id}"):
        assert str(job.job_id) in Client().get(page).content.decode()


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b"\xff", b'{"name": ' + b"1" * 9000])
def test_damaged_record_is_no_name(
    content: bytes, storage: StorageService, data_folder: Path
) -> None:
    job_id = uuid.uuid4()
    path = data_folder / upload_name(job_id)
    path.parent.mkdir()
    path.write_bytes(content)
    assert load_upload_name(storage, job_id) == ""


def test_record_is_private_and_plain_json(api: APIClient, data_folder: Path) -> None:
    job_id = api.post("/v1/video/submit", {"file": mp4(name="Ä.mp4")}).json()["job_id"]
    path = data_folder / upload_name(job_id)
    assert json.loads(path.read_bytes()) == {"name": "Ä.mp4"}
    assert path.stat().st_mode & 0o777 == 0o600


def test_jobs_are_found_by_name(api: APIClient, data_folder: Path) -> None:
    names = ["Новости 1.mp4", "новости 2.mp4", "abc holiday.mp4"]
    ids = [
        api.post("/v1/video/submit", {"file": mp4(name=name)}).json()["job_id"] for name in names
    ]

    def found(**query: str) -> list[bool]:
        page = Client().get("/", query).content.decode()
        return [f'data-key="{job_id}"' in page for job_id in ids]

    assert found(q="НОВОСТИ") == [True, True, False]
    assert found(q="holi") == [False, False, True]
    assert found(q="новости", status="pending") == [True, True, False]
    assert found(q="новости", status="failed") == [False, False, False]
    assert found(q=ids[0][:13]) == [True, False, False]
    assert found(q="nowhere") == [False, False, False]
