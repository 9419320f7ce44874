"""The worker with the real pipeline: a child process, YOLO weights and Tesseract."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from django.conf import settings as django_settings
from django.test import Client

from jobs.models import JobStatus
from jobs.storage.base import StorageService
from jobs.store.base import JobStore
from jobs.tests.bench import Bench, FakePipeline
from jobs.tests.conftest import FIXTURES, SubmitVideo, run
from jobs.worker import JobWorker


@pytest.fixture
def tiny() -> bytes:
    return (FIXTURES / "tiny.mp4").read_bytes()


def test_worker_loads_mp4(bench: Bench, submit_video: SubmitVideo, tiny: bytes) -> None:
    job, seen = submit_video(tiny), []
    fake = FakePipeline(lambda video, *_: seen.append(video.read_bytes()))
    bench.worker(fake).run_once()
    assert seen == [tiny]
    assert bench.now(job).status is JobStatus.COMPLETED


def test_worker_calls_pipeline(bench: Bench, submit_video: SubmitVideo, tiny: bytes) -> None:
    job, fake = submit_video(tiny), FakePipeline()
    bench.worker(fake).run_once()
    assert fake.calls == [(bench.storage.load_file(job.input_path), "yolo_ocr")]


def test_worker_saves_results(
    worker: JobWorker,
    store: JobStore,
    storage: StorageService,
    submit_video: SubmitVideo,
    tiny: bytes,
) -> None:
    done = run(worker, store, submit_video(tiny))
    assert done.output_path == f"video_jobs/{done.job_id}_results.json"
    items = json.loads(storage.load_file(done.output_path).read_bytes())
    assert [item["frame_index"] for item in items] == list(range(len(items)))
    assert len(items) > 1
    assert any("FORGE" in item["result"]["text"] for item in items)


def test_worker_status_completed(
    worker: JobWorker, store: JobStore, submit_video: SubmitVideo, tiny: bytes
) -> None:
    done = run(worker, store, submit_video(tiny))
    assert (done.status, done.error_message) == (JobStatus.COMPLETED, None)


def test_worker_status_failed(
    worker: JobWorker, store: JobStore, submit_video: SubmitVideo, tiny: bytes
) -> None:
    done = run(worker, store, submit_video(tiny[: len(tiny) // 2]))
    assert (done.status, done.output_path) == (JobStatus.FAILED, None)


def test_worker_error_message(
    worker: JobWorker, store: JobStore, submit_video: SubmitVideo, tiny: bytes
) -> None:
    done = run(worker, store, submit_video(tiny[: len(tiny) // 2]))
    assert done.error_message is not None
    assert "cut" in done.error_message
    assert str(django_settings.DATA_DIR) not in done.error_message


def test_worker_error_handling(
    worker: JobWorker, store: JobStore, submit_video: SubmitVideo, tiny: bytes
) -> None:
    """A failed job does not keep the worker from the next one."""
    broken, whole = submit_video(b"\0\0\0\x18ftypisom" + bytes(100)), submit_video(tiny)
    assert run(worker, store, broken).status is JobStatus.FAILED
    assert run(worker, store, whole).status is JobStatus.COMPLETED


def test_results_deterministic(
    worker: JobWorker,
    store: JobStore,
    storage: StorageService,
    submit_video: SubmitVideo,
    tiny: bytes,
) -> None:
    outputs = [run(worker, store, submit_video(tiny)).output_path for _ in range(2)]
    first, second = (storage.load_file(str(path)).read_bytes() for path in outputs)
    assert first == second


def test_markup_that_is_read_in_a_video_is_text_on_its_page(
    worker: JobWorker, store: JobStore, submit_video: SubmitVideo, tmp_path: Path
) -> None:
    video = tmp_path / "markup.mp4"
    fourcc = cv2.VideoWriter.fourcc(*"mp4v")
    writer = cv2.VideoWriter(str(video), cv2.CAP_FFMPEG, fourcc, 5.0, (960, 240))
    frame = np.full((240, 960, 3), 245, dtype=np.uint8)
    place, font, black = (60, 140), cv2.FONT_HERSHEY_SIMPLEX, (20, 20, 20)
    cv2.putText(frame, "<script>alert(1)</script>", place, font, 1.6, black, 3, cv2.LINE_AA)
    for _ in range(3):
        writer.write(frame)
    writer.release()

    done = run(worker, store, submit_video(video.read_bytes()))

    page = Client().get(f"/jobs/{done.job_id}").content.decode()
    assert "&lt;script&gt;alert" in page
    assert "<script>alert" not in page
