"""Submissions that a killed server left without an answer."""

from __future__ import annotations

import os
import uuid
from pathlib import Path

import pytest
from rest_framework.test import APIClient

from jobs import unanswered
from jobs.exceptions import StoreUnavailable
from jobs.models import JobStatus
from jobs.storage.base import StorageService
from jobs.storage.names import video_name
from jobs.store.base import JobStore
from jobs.tests.conftest import MP4_HEAD, mp4


def stored_video(storage: StorageService, folder: Path) -> uuid.UUID:
    job_id = uuid.uuid4()
    source = folder / "source"
    source.write_bytes(MP4_HEAD)
    storage.save_file(source, video_name(job_id))
    return job_id


def test_video_without_a_row_is_removed_and_others_stay(
    store: JobStore, storage: StorageService, data_folder: Path
) -> None:
    never = stored_video(storage, data_folder)
    committed = stored_video(storage, data_folder)
    unmarked = stored_video(storage, data_folder)
    store.submit(committed, "yolo_ocr", video_name(committed))
    for job_id in (never, committed):
        child = os.fork()
        if child == 0:
            with unanswered.unanswered(job_id):
                os._exit(0)
        os.waitpid(child, 0)
    left = unanswered.marks()
    assert len(left) == 2
    unanswered.remove(left)
    kept = {path.stem for path in (data_folder / "video_jobs").iterdir()}
    assert kept == {str(committed), str(unmarked)}
    assert unanswered.marks() == []
    assert store.get(committed).status is JobStatus.PENDING


def test_answered_and_refused_submissions_leave_no_mark(api: APIClient, data_folder: Path) -> None:
    assert api.post("/v1/video/submit", {"file": mp4()}).status_code == 202
    assert api.post("/v1/video/submit", {"file": mp4(b"x" * 40)}).status_code == 400
    assert unanswered.marks() == []


def test_mark_stays_while_the_store_cannot_be_asked(
    store: JobStore, storage: StorageService, data_folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    job_id = stored_video(storage, data_folder)
    mark = data_folder / "tmp" / f"{unanswered.MARK_PREFIX}{job_id}"
    mark.parent.mkdir()
    mark.touch()
    (data_folder / "tmp" / f"{unanswered.MARK_PREFIX}x").touch()
    store.close()  # type: ignore[attr-defined]
    with pytest.raises(StoreUnavailable):
        store.size()
    unanswered.remove([mark])
    assert mark.exists()
    assert storage.load_file(video_name(job_id)).exists()
    assert "is left for the next start" in caplog.text
