"""Submissions that are no form, or a form with more in it than a video and a pipeline."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from rest_framework.test import APIClient

from jobs.storage.base import StorageService
from jobs.store.base import JobStore
from jobs.tests.conftest import MP4_HEAD, mp4
from jobs.tests.unit.test_submit import URL, assert_nothing_left, post
from jobs.upload_record import load_upload_name


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        (
            {"pipeline": "coco_ocr"},
            "There is no field 'pipeline'. The fields are file and pipeline_id.",
        ),
        ({"other": mp4()}, "There is no field 'other'. The fields are file and pipeline_id."),
        ({"file": [mp4(), mp4()]}, "Several files were sent. Send one file in each request."),
    ],
)
def test_nothing_that_was_sent_is_ignored(
    api: APIClient, data_folder: Path, store: JobStore, fields: dict[str, Any], message: str
) -> None:
    answer = post(api, **{"file": mp4(), **fields})
    assert (answer.status_code, answer.json()) == (400, {"detail": message})
    assert_nothing_left(data_folder, store)


@pytest.mark.parametrize(
    ("content_type", "status"),
    [
        ("video/mp4", 415),
        ("application/x-www-form-urlencoded", 415),
        ("multipart/form-data", 400),  # without a boundary
        (None, 400),
    ],
)
def test_a_body_that_is_no_form_with_a_file_is_told_how_to_send_it(
    api: APIClient, content_type: str | None, status: int
) -> None:
    content = MP4_HEAD + bytes(3_000_000)
    if content_type:
        answer = api.post(URL, content, content_type=content_type)
    else:
        answer = post(api, file=content.decode("latin-1"))  # text in place of a file
    assert answer.status_code == status
    assert answer.json()["detail"].startswith("Send a multipart form with the MP4 as a file")


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("Übergröße.mp4".encode(), "Übergröße.mp4"),
        ("Übergröße.mp4".encode("latin-1"), "Übergröße.mp4"),
        ("動画.mp4".encode("shift_jis"), None),  # a name of some kind
    ],
)
def test_a_file_name_in_any_encoding_is_accepted(
    api: APIClient, storage: StorageService, sent: bytes, kept: str | None
) -> None:
    head = b'--b\r\nContent-Disposition: form-data; name="file"; filename="' + sent + b'"\r\n\r\n'
    body = head + MP4_HEAD + bytes(3_000_000) + b"\r\n--b--\r\n"
    answer = api.post(URL, body, content_type="multipart/form-data; boundary=b")
    assert answer.status_code == 202, answer.json()
    name = load_upload_name(storage, UUID(answer.json()["job_id"]))
    assert name == kept or (kept is None and name)
