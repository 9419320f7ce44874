"""Unusual videos from submission to the job's page: worker, run record, page."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from django.test import Client

from jobs.models import JobRecord, JobStatus
from jobs.run_record import load_run_record, load_times
from jobs.storage.base import StorageService
from jobs.storage.names import times_name
from jobs.store.base import JobStore
from jobs.tests.conftest import SubmitVideo, run
from jobs.worker import JobWorker
from pipeline.tests.video_files import DATA, with_matrix
from pipeline.video.facts import VideoFacts


class Ran:
    """A completed job and what there is of it."""

    def __init__(self, job: JobRecord, storage: StorageService) -> None:
        assert job.status is JobStatus.COMPLETED, job.error_message
        self.job = job
        self.record = load_run_record(storage, job.job_id)
        self.times = load_times(storage.load_file(times_name(job.job_id)))
        self.items = json.loads(storage.load_file(str(job.output_path)).read_bytes())

    @property
    def video(self) -> VideoFacts:
        assert self.record is not None
        assert self.record.video is not None
        return self.record.video

    def page(self) -> str:
        return Client().get(f"/jobs/{self.job.job_id}").content.decode()

    def still_size(self) -> tuple[int, int]:
        content = Client().get(f"/jobs/{self.job.job_id}/stills/0").content
        picture = cv2.imdecode(np.frombuffer(content, dtype=np.uint8), cv2.IMREAD_COLOR)
        assert picture is not None
        return picture.shape[1], picture.shape[0]

    def boxes(self, at: float) -> int:
        """The frame that is shown at a time, as the page sees it."""
        answer = Client().get(f"/jobs/{self.job.job_id}/boxes?at={at}").json()
        return int(answer["first"]) + max(n for n, t in enumerate(answer["times"][:-1]) if t <= at)


Process = Callable[[Path], Ran]


@pytest.fixture
def process(
    worker: JobWorker, store: JobStore, storage: StorageService, submit_video: SubmitVideo
) -> Process:
    def go(video: Path) -> Ran:
        return Ran(run(worker, store, submit_video(video.read_bytes())), storage)

    return go


def test_frames_that_cannot_be_read_are_told_of(
    process: Process, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "jobs.worker")

    ran = process(DATA / "bad_middle.mp4")

    assert len(ran.items) == len(ran.times) == 49
    assert [item["frame_index"] for item in ran.items] == list(range(49))
    assert ran.record is not None
    assert ran.record.unreadable == 1
    assert f"job {ran.job.job_id}: 1 frame could not be read" in caplog.messages
    assert "1 frame could not be decoded and was skipped" in ran.page()


def test_times_are_those_of_the_frames(process: Process) -> None:
    ran = process(DATA / "one_frame_in_10s.mp4")

    assert list(ran.times) == [0.0, 10.0, 20.0, 30.0, 40.0, 50.0]
    assert ran.boxes(29.0) == 2
    assert "1 min" in ran.page()


def test_each_frame_has_its_own_size(process: Process) -> None:
    ran = process(DATA / "size_changes.mp4")

    assert [size[1:] for size in ran.video.sizes] == [(640, 360), (480, 640)]
    for item in ran.items:
        width, height = ran.video.size_of(item["frame_index"])
        for found in item["result"]["detections"]:
            assert found["bbox"][2] <= width
            assert found["bbox"][3] <= height


def test_pixels_that_are_not_square_are_shown_as_a_player_shows_them(process: Process) -> None:
    ran = process(DATA / "sar_2to1.mp4")

    assert "320 \u00d7 360" in ran.page()
    assert ran.still_size() == (640, 360)
    assert 'width="640" height="360" aria-label="The video"' in ran.page()
    boxes = [found["bbox"] for item in ran.items for found in item["result"]["detections"]]
    assert boxes
    assert max(box[2] for box in boxes) <= 320


def test_turned_video_is_upright_on_its_page(process: Process, tmp_path: Path) -> None:
    turned = with_matrix(DATA / "bad_middle.mp4", tmp_path / "turned.mp4", 0, 1, -1, 0)

    ran = process(turned)

    assert "360 \u00d7 640" in ran.page()
    assert ran.still_size() == (360, 640)
