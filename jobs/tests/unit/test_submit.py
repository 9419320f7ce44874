"""POST /v1/video/submit."""

from __future__ import annotations

import io
import os
import uuid
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from rest_framework.test import APIClient

from jobs import composition
from jobs.exceptions import StorageFull, StoreUnavailable
from jobs.models import JobStatus
from jobs.storage.base import StorageService
from jobs.store.base import JobStore
from jobs.tests.conftest import FIXTURES, MP4_HEAD, mp4

URL = "/v1/video/submit"


def post(api: APIClient, url: str = URL, **fields: Any) -> Any:
    return api.post(url, fields, format="multipart")


def assert_nothing_left(folder: Path, store: JobStore) -> None:
    """An error leaves neither file nor row."""
    files = [path for path in folder.rglob("*") if path.is_file() and "run" not in path.parts]
    assert files == []
    assert store.select("SELECT count(*) FROM jobs").rows == [(0,)]
    assert store.size() == 0


@pytest.mark.parametrize("url", [URL, "/video/submit"])
def test_submit_valid_mp4(api: APIClient, url: str) -> None:
    with (FIXTURES / "tiny.mp4").open("rb") as file:
        answer = post(api, url, file=file)
    assert answer.status_code == 202
    assert uuid.UUID(answer.json()["job_id"]).version == 4


def test_submit_response_schema(api: APIClient) -> None:
    answer = post(api, file=mp4())
    assert list(answer.json()) == ["job_id"]
    job_id = answer.json()["job_id"]
    assert answer["Location"] == f"/v1/video/status/{job_id}"
    assert answer["Content-Type"] == "application/json"
    assert api.get(answer["Location"]).json()["status"] == "pending"


def test_submit_creates_job_row(api: APIClient, store: JobStore) -> None:
    job_id = uuid.UUID(post(api, file=mp4()).json()["job_id"])
    job = store.get(job_id)
    assert job.status is JobStatus.PENDING
    assert job.pipeline_id == "yolo_ocr"
    assert job.input_path == f"video_jobs/{job_id}.mp4"
    assert (job.output_path, job.error_message) == (None, None)


def test_submit_saves_file(api: APIClient, storage: StorageService, data_folder: Path) -> None:
    content = MP4_HEAD + os.urandom(3 * 1024**2)
    job_id = post(api, file=mp4(content)).json()["job_id"]
    assert storage.load_file(f"video_jobs/{job_id}.mp4").read_bytes() == content
    assert list((data_folder / "tmp").iterdir()) == []


def test_submit_enqueues_job(api: APIClient, store: JobStore) -> None:
    job_id = post(api, file=mp4()).json()["job_id"]
    assert store.size() == 1
    claimed = store.claim()
    assert claimed is not None and claimed.job_id == uuid.UUID(job_id)


@pytest.mark.parametrize(
    ("fields", "url"),
    [
        ({"pipeline_id": "yolo_ocr"}, URL),
        ({"pipeline_id": ""}, URL),
        ({}, URL + "?pipeline_id=yolo_ocr"),
        ({}, URL + "?pipeline_id="),
    ],
)
def test_submit_names_the_pipeline(
    api: APIClient, store: JobStore, fields: dict[str, str], url: str
) -> None:
    job_id = post(api, url, file=mp4(), **fields).json()["job_id"]
    assert store.get(uuid.UUID(job_id)).pipeline_id == "yolo_ocr"


PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"
AVI = b"RIFF\x24\0\0\0AVI LIST"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "The file is empty. Choose an MP4 file."),
        (b"abc", "This is not an MP4 file: it does not start with an ftyp box."),
        (PNG, "This is not an MP4 file: it does not start with an ftyp box."),
        (AVI, "This is not an MP4 file: it does not start with an ftyp box."),
    ],
)
def test_submit_invalid_file(
    api: APIClient, data_folder: Path, store: JobStore, content: bytes, message: str
) -> None:
    answer = post(api, file=mp4(content))
    assert (answer.status_code, answer.json()) == (400, {"detail": message})
    assert_nothing_left(data_folder, store)


@pytest.mark.parametrize("kind", [b"free", b"skip", b"wide", b"uuid"])
def test_ftyp_behind_boxes_without_content(api: APIClient, kind: bytes) -> None:
    front = (40).to_bytes(4, "big") + kind + bytes(32)
    assert post(api, file=mp4(front + MP4_HEAD)).status_code == 202
    far = (65_536).to_bytes(4, "big") + kind + bytes(65_528)
    assert post(api, file=mp4(far + MP4_HEAD)).status_code == 400
    assert post(api, file=mp4(front + front)).status_code == 400
    assert post(api, file=mp4((8).to_bytes(4, "big") + b"moov" + MP4_HEAD)).status_code == 400


def test_name_and_content_type_do_not_matter(api: APIClient) -> None:
    upload = SimpleUploadedFile("clip.txt", MP4_HEAD, content_type="text/plain")
    assert post(api, file=upload).status_code == 202


def test_submit_without_file(api: APIClient, data_folder: Path, store: JobStore) -> None:
    expected = {"detail": "No file was sent. Send an MP4 file in the multipart field `file`."}
    for answer in (post(api), post(api, file="text"), api.post(URL)):
        assert (answer.status_code, answer.json()) == (400, expected)
    assert_nothing_left(data_folder, store)


def test_submit_unknown_pipeline(api: APIClient, data_folder: Path, store: JobStore) -> None:
    for name in ("nonsense", "../yolo_ocr", "yolo_ocr.yaml"):
        answer = post(api, file=mp4(), pipeline_id=name)
        assert answer.status_code == 400
        assert name in answer.json()["detail"]
        assert "Known pipelines: " in answer.json()["detail"]
        assert "yolo_ocr" in answer.json()["detail"]
    answer = post(api, URL + "?pipeline_id=nonsense", file=mp4())
    assert answer.status_code == 400
    assert_nothing_left(data_folder, store)


def test_submit_too_large(
    api: APIClient, data_folder: Path, store: JobStore, settings: Any
) -> None:
    settings.MAX_UPLOAD_BYTES = 100_000
    for size in (100_001, 5_000_000):  # found while it arrives, and by its Content-Length
        answer = post(api, file=mp4(MP4_HEAD + bytes(size - len(MP4_HEAD))))
        assert answer.status_code == 413
        assert answer.json() == {
            "detail": "The upload is larger than this server accepts (100000 bytes)."
        }
    assert_nothing_left(data_folder, store)
    largest = mp4(MP4_HEAD + bytes(100_000 - len(MP4_HEAD)))
    assert post(api, file=largest).status_code == 202


def test_submit_with_a_full_disk(
    api: APIClient, data_folder: Path, store: JobStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.size()
    free = os.statvfs(data_folder)
    full = os.statvfs_result((*free[:3], 0, 0, *free[5:10]))
    monkeypatch.setattr(os, "statvfs", lambda path: full)
    answer = post(api, file=mp4())
    assert answer.status_code == 507
    assert "full" in answer.json()["detail"]
    assert_nothing_left(data_folder, store)


@pytest.mark.parametrize(("error", "status"), [(StoreUnavailable, 503), (StorageFull, 507)])
def test_submit_when_the_row_cannot_be_made(
    api: APIClient,
    data_folder: Path,
    store: JobStore,
    monkeypatch: pytest.MonkeyPatch,
    error: type[Exception],
    status: int,
) -> None:
    def refuse(*args: object) -> None:
        raise error

    store.size()  # it is open: the submission is decided on at once
    with monkeypatch.context() as patch:
        patch.setattr(composition.job_store(), "submit", refuse)
        answer = post(api, file=mp4())
    assert answer.status_code == status
    assert list(answer.json()) == ["detail"]
    assert_nothing_left(data_folder, store)


def test_submit_other_methods_and_types(api: APIClient) -> None:
    answer = api.get(URL)
    assert (answer.status_code, list(answer.json())) == (405, ["detail"])
    answer = api.post(URL, {"file": "x"}, format="json")
    assert (answer.status_code, list(answer.json())) == (415, ["detail"])


def test_broken_multipart(api: APIClient, data_folder: Path, store: JobStore) -> None:
    answer = api.generic("POST", URL, "garbage", content_type="multipart/form-data")
    assert (answer.status_code, list(answer.json())) == (400, ["detail"])
    assert_nothing_left(data_folder, store)


def test_upload_is_read_in_chunks(api: APIClient, data_folder: Path) -> None:
    """The whole upload is never one bytes object: the body is read piece by piece."""
    largest = 0

    class Watched(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            nonlocal largest
            data = super().read(size)
            largest = max(largest, len(data))
            return data

    boundary = "b0und"
    body = (
        (
            f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="a.mp4"\r\n'
            "Content-Type: video/mp4\r\n\r\n"
        ).encode()
        + MP4_HEAD
        + bytes(8 * 1024**2)
        + f"\r\n--{boundary}--\r\n".encode()
    )
    answer = api.generic(
        "POST",
        URL,
        content_type=f"multipart/form-data; boundary={boundary}",
        **{"wsgi.input": Watched(body), "CONTENT_LENGTH": str(len(body))},  # type: ignore[arg-type]
    )
    assert answer.status_code == 202
    assert largest <= 1024**2
