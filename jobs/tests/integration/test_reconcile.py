"""Submissions without an answer: the store decides what is left of them."""

from __future__ import annotations

import os
import threading
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from rest_framework.test import APIClient
from sqlalchemy.orm import Session

from jobs import composition
from jobs.api import services
from jobs.exceptions import DataFolderUnusable, StorageFull
from jobs.models import JobStatus
from jobs.storage.base import StorageService
from jobs.storage.names import video_name
from jobs.store.base import JobStore
from jobs.store.gateway import JobStoreGateway
from jobs.store.owner import OwnedJobStore
from jobs.tests.conftest import MP4_HEAD, mp4, owner_of
from jobs.upload_record import save_upload_name

ID_LENGTH = 36


def stored_video(storage: StorageService, folder: Path) -> uuid.UUID:
    job_id = uuid.uuid4()
    source = folder / "source"
    source.write_bytes(MP4_HEAD)
    storage.save_file(source, video_name(job_id))
    save_upload_name(storage, source, job_id, "clip.mp4")
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
            with services.submission_marker(job_id):
                os._exit(0)
        os.waitpid(child, 0)
    left = services.leftover_markers()
    assert len(left) == 2
    services.reconcile(left)
    kept = {path.name[:ID_LENGTH] for path in (data_folder / "video_jobs").iterdir()}
    assert kept == {str(committed), str(unmarked)}
    assert services.leftover_markers() == []
    assert store.get(committed).status is JobStatus.PENDING


def test_answered_and_refused_submissions_leave_none(api: APIClient, data_folder: Path) -> None:
    assert api.post("/v1/video/submit", {"file": mp4()}).status_code == 202
    assert api.post("/v1/video/submit", {"file": mp4(b"x" * 40)}).status_code == 400
    assert services.leftover_markers() == []


def test_marker_stays_while_the_store_cannot_be_asked(
    store: JobStoreGateway,
    storage: StorageService,
    data_folder: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    job_id = stored_video(storage, data_folder)
    marker = data_folder / "tmp" / f"{services.MARKER_PREFIX}{job_id}"
    marker.parent.mkdir()
    marker.touch()
    foreign = data_folder / "tmp" / f"{services.MARKER_PREFIX}x"
    foreign.touch()
    (marker.parent / f"{services.MARKER_PREFIX}{uuid.uuid4()}").mkdir()
    (marker.parent / f"{services.MARKER_PREFIX}{uuid.uuid4()}").symlink_to(foreign)
    assert services.leftover_markers() == [marker]
    store.close()
    assert services.reconcile([marker]) == []
    assert marker.exists() and foreign.exists()
    assert storage.load_file(video_name(job_id)).exists()
    assert "is left for the next start" in caplog.text


# A submission whose outcome is unknown: the client is told to try again


@pytest.fixture
def slow_commit(
    store: JobStoreGateway, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> Iterator[threading.Event]:
    """Commits hang until the event is set, for longer than a call may take."""
    monkeypatch.setattr(services, "ANSWER_S", 0.1)
    monkeypatch.setattr(services, "RETRY_S", 0.1)
    store.join()
    store._timeout = 0.3
    go_on = threading.Event()
    commit = Session.commit

    def hang(session: Session) -> None:
        assert go_on.wait(30.0)
        commit(session)

    monkeypatch.setattr(Session, "commit", hang)
    yield go_on
    go_on.set()


def agree(folder: Path, store: JobStoreGateway, jobs: int) -> None:
    """Within 10 s: no mark is left, and there are as many rows as videos."""
    deadline = time.monotonic() + 10.0
    while services.leftover_markers():
        assert time.monotonic() < deadline, "the outcome was not decided"
        time.sleep(0.02)
    rows = {str(job_id) for (job_id,) in store.select("SELECT job_id FROM jobs").rows}
    assert rows == {path.name[:ID_LENGTH] for path in (folder / "video_jobs").glob("*")}
    assert len(rows) == jobs


def test_commit_that_outlasts_the_deadline_keeps_row_and_video(
    api: APIClient, data_folder: Path, store: JobStoreGateway, slow_commit: threading.Event
) -> None:
    begun = time.monotonic()
    answer = api.post("/v1/video/submit", {"file": mp4()})
    assert (answer.status_code, time.monotonic() - begun < 5.0) == (503, True)
    assert len(services.leftover_markers()) == 1
    slow_commit.set()
    agree(data_folder, store, jobs=1)
    job = store.claim()
    assert job is not None
    assert composition.storage().load_file(job.input_path).read_bytes() == MP4_HEAD


def test_submission_that_was_not_begun_in_time_leaves_nothing(
    api: APIClient, data_folder: Path, store: JobStoreGateway, slow_commit: threading.Event
) -> None:
    first = threading.Thread(target=lambda: api.post("/v1/video/submit", {"file": mp4()}))
    first.start()
    time.sleep(0.1)
    assert APIClient().post("/v1/video/submit", {"file": mp4()}).status_code == 503
    slow_commit.set()
    first.join()
    agree(data_folder, store, jobs=1)


@pytest.mark.parametrize("times", [1, 3])
def test_failed_fsync_after_the_commit_keeps_row_and_video(
    api: APIClient,
    data_folder: Path,
    store: JobStoreGateway,
    monkeypatch: pytest.MonkeyPatch,
    times: int,
) -> None:
    monkeypatch.setattr(services, "RETRY_S", 0.1)
    store.join()
    database = owner_of(store)._database
    left = [DataFolderUnusable()] * times

    def settle() -> None:
        if left:
            raise left.pop()

    monkeypatch.setattr(database, "_sync_log", settle)
    assert api.post("/v1/video/submit", {"file": mp4()}).status_code == 503
    agree(data_folder, store, jobs=1)
    job = store.claim()
    assert job is not None and job.status is JobStatus.RUNNING


def test_failed_fsync_after_a_claim_leaves_no_job_stuck(
    owned: OwnedJobStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = owned.submit(uuid.uuid4(), "yolo_ocr", "video_jobs/a.mp4")

    def refuse() -> None:
        raise StorageFull

    with monkeypatch.context() as patch, pytest.raises(StorageFull):
        patch.setattr(owned._database, "_sync_log", refuse)
        owned.claim()
    claimed = owned.claim()
    assert claimed is not None
    assert (claimed.job_id, claimed.status) == (job.job_id, JobStatus.RUNNING)
