"""The page of a job and its pictures, without a browser (forgesyte/tests/pages has one)."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from django.test import Client

from jobs.models import JobRecord, JobStatus
from jobs.pages import composition
from jobs.pages.job import life
from jobs.run_record import RunRecord
from jobs.storage.base import StorageService
from jobs.store.base import JobStore
from jobs.tests.conftest import FIXTURES
from jobs.tests.test_job_digest import item, stored
from pipeline.tests.video_files import write_video

START = datetime(2026, 11, 22, 19, 30, tzinfo=UTC)
FRAMES = 12


@pytest.fixture
def client(data_folder: Path) -> Client:
    return Client()


@pytest.fixture
def completed(
    store: JobStore, storage: StorageService, tmp_path: Path
) -> Callable[[Path], JobRecord]:
    """A completed job on a video of FRAMES frames that shows FORGE in each."""

    def make(video: Path) -> JobRecord:
        job_id = uuid.uuid4()
        source, results = tmp_path / "video.src", tmp_path / "results.src"
        source.write_bytes(video.read_bytes())
        stored(results, [item(frame, "FORGE", "text") for frame in range(FRAMES)])
        store.submit(job_id, "yolo_ocr", storage.save_file(source, f"video_jobs/{job_id}.mp4"))
        store.claim()
        name = storage.save_file(results, f"video_jobs/{job_id}_results.json")
        return store.complete(job_id, name)

    return make


@pytest.fixture
def job(completed: Callable[[Path], JobRecord]) -> JobRecord:
    return completed(FIXTURES / "tiny.mp4")


def decoded(content: bytes) -> Any:
    return cv2.imdecode(np.frombuffer(content, dtype=np.uint8), cv2.IMREAD_COLOR)


def test_picture_of_a_frame(
    client: Client, completed: Callable[[Path], JobRecord], tmp_path: Path
) -> None:
    video = write_video(tmp_path / "bars.mp4", FRAMES, (640, 360))
    job = completed(video)
    for index in (7, 0, 11):
        answer = client.get(f"/jobs/{job.job_id}/frames/{index}")
        assert answer.headers["Content-Type"] == "image/jpeg"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        picture = decoded(answer.content)
        assert picture.shape == (360, 640, 3)
        assert int(picture.mean(axis=(0, 2)).argmin()) == index
    small = client.get(f"/jobs/{job.job_id}/frames/7?width=320")
    assert decoded(small.content).shape == (180, 320, 3)


@pytest.mark.parametrize(
    ("address", "status", "detail"),
    [
        ("{}/frames/12", 404, "The video has 12 frames, counted from 0."),
        ("{}/frames/99999999999999999999", 404, "The video has 12 frames, counted from 0."),
        ("{}/frames/3?width=9000", 400, "The width must be 320 or 1280."),
        ("nothing/frames/3", 404, "'nothing' is not a job id: job ids are UUIDs."),
    ],
)
def test_no_picture(address: str, status: int, detail: str, client: Client, job: JobRecord) -> None:
    answer = client.get("/jobs/" + address.format(job.job_id))

    assert (answer.status_code, answer.content.decode()) == (status, detail)
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"


@pytest.mark.parametrize("status", [s for s in JobStatus if s != JobStatus.COMPLETED])
def test_pictures_of_completed_jobs_alone(
    status: JobStatus, client: Client, job_in: Callable[[JobStatus], JobRecord]
) -> None:
    answer = client.get(f"/jobs/{job_in(status).job_id}/frames/0")

    assert answer.status_code == 404
    assert answer.content.decode() == "There are pictures once the job is completed."


def test_nothing_is_shown_of_a_video_that_is_gone(
    client: Client, job: JobRecord, storage: StorageService
) -> None:
    address = f"/jobs/{job.job_id}/frames/3"
    assert client.get(address).status_code == 200

    storage.delete_file(job.input_path)

    answer = client.get(address)
    assert answer.status_code == 404
    assert b"has been removed" in answer.content
    assert client.get(f"/jobs/{job.job_id}").status_code == 200


def test_video_that_ended_the_process_is_not_tried_again(
    client: Client, job: JobRecord, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = client.get(f"/jobs/{job.job_id}").content
    assert b"/frames/" in page
    process = composition.reading_process()
    asked: list[str] = []
    ask = process.ask

    def strike(request: dict[str, Any], *arguments: Any, **options: Any) -> Any:
        asked.append(request["kind"])
        assert process._process is not None
        process._process.kill()
        process._process.join()
        process._process.is_alive = lambda: True  # type: ignore[method-assign]
        return ask(request, *arguments, **options)

    monkeypatch.setattr(process, "ask", strike)
    for _ in range(2):
        answer = client.get(f"/jobs/{job.job_id}/frames/3")
        assert answer.status_code == 404
        assert b"could not stand this video" in answer.content

    assert asked == ["picture"]
    monkeypatch.undo()
    assert client.get(f"/jobs/{job.job_id}").status_code == 200


def test_page_of_a_job_whose_results_are_gone(
    client: Client, job: JobRecord, storage: StorageService
) -> None:
    storage.delete_file(str(job.output_path))

    answer = client.get(f"/jobs/{job.job_id}")

    assert answer.status_code == 200
    assert "The results of this job have been removed" in answer.content.decode()


@pytest.mark.parametrize("name", ["digest-1", "facts"])
def test_page_stands_on_a_damaged_cache(
    name: str, client: Client, job: JobRecord, data_folder: Path
) -> None:
    client.get(f"/jobs/{job.job_id}")
    kept = data_folder / "cache" / "pages" / str(job.job_id) / f"{name}.json"
    kept.write_text(json.dumps({**json.loads(kept.read_text()), "value": {"frames": "x"}}))

    answer = client.get(f"/jobs/{job.job_id}")

    assert answer.status_code == 200
    assert b'class="note"' in answer.content


@pytest.mark.parametrize("frame", ["7", "11", "99", "9" * 5000, "-1", "x", "", "\u0663"])
def test_any_frame_in_the_address(frame: str, client: Client, job: JobRecord) -> None:
    answer = client.get(f"/jobs/{job.job_id}", {"frame": frame})

    shown = {"7": 7, "11": 11, "99": 11, "9" * 5000: 11}.get(frame, 0)
    assert f'data-frame="{shown}"' in answer.content.decode()


def test_life_with_and_without_a_record(job: JobRecord) -> None:
    created, started, ended = (START + timedelta(seconds=n) for n in (0, 5, 65))
    row = _row(job, JobStatus.COMPLETED, created, ended)
    record = RunRecord(started, ended, 3, 3)

    steps = life(row, record, ended)
    assert [(s.name, s.doing, s.took and s.took.total_seconds()) for s in steps] == [
        ("Submitted", "waited", 5.0),
        ("Started", "ran", 60.0),
        ("Completed", "", None),
    ]
    assert [s.name for s in life(row, None, ended)] == ["Submitted", "Completed"]
    running = life(_row(job, JobStatus.RUNNING, created, started), None, ended)
    assert [(s.name, s.goes_on) for s in running] == [("Submitted", False), ("Started", True)]
    [waiting] = life(_row(job, JobStatus.PENDING, created, started), None, ended)
    assert (waiting.took, waiting.goes_on) == (timedelta(seconds=65), True)


def test_record_of_an_earlier_run_is_not_shown(job: JobRecord) -> None:
    row = _row(job, JobStatus.FAILED, START, START + timedelta(seconds=9))
    earlier = START - timedelta(seconds=60)

    assert [s.name for s in life(row, RunRecord(earlier, earlier), START)] == [
        "Submitted",
        "Failed",
    ]


def _row(job: JobRecord, status: JobStatus, created: datetime, updated: datetime) -> JobRecord:
    fields = {name: getattr(job, name) for name in JobRecord.__dataclass_fields__}
    return JobRecord(**{**fields, "status": status, "created_at": created, "updated_at": updated})
