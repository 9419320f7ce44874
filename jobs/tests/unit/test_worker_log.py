"""What the worker says: its log, line by line."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable

import pytest

from jobs.job_run import RETRYABLE
from jobs.models import JobStatus
from jobs.tests.bench import Bench, FakePipeline, raising
from jobs.upload_record import save_upload_name
from pipeline.exceptions import PipelineProcessDied, UnreadableVideo

LOGGERS = ("jobs.worker", "jobs.job_run")
Log = Callable[[], list[str]]


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> Log:
    """The worker's lines, without times and the job's ID."""
    caplog.set_level(logging.INFO, "jobs")

    def lines() -> list[str]:
        told = [r.getMessage() for r in caplog.records if r.name in LOGGERS]
        return [
            re.sub(r"after \d\.\d s$", "after N s", re.sub("[0-9a-f-]{36}", "X", t)) for t in told
        ]

    return lines


def test_completed_job(bench: Bench, log: Log) -> None:
    bench.run()
    assert log() == ["job X: running yolo_ocr", "job X: completed after N s"]


def test_the_name_of_the_video(bench: Bench, log: Log) -> None:
    job = bench.submit()
    save_upload_name(bench.storage, bench.folder / "part", job.job_id, "evening news.mp4")
    bench.worker().run_once()
    assert log()[0] == "job X: running yolo_ocr on evening news.mp4"


def test_failed_job(bench: Bench, log: Log) -> None:
    bench.run(raising(UnreadableVideo("The video is cut short.")))
    assert log() == [
        "job X: running yolo_ocr",
        "job X: The video is cut short.",
        "job X: failed after N s",
    ]


def test_unexpected_failure(bench: Bench, log: Log, caplog: pytest.LogCaptureFixture) -> None:
    """The client is told nothing of the machine."""
    failed = bench.run(raising(RuntimeError("/secret/path")))
    message = "The worker failed unexpectedly on this video. Its log says why."
    assert failed.error_message == message
    assert "/secret/path" in caplog.text
    assert log()[1:3] == ["job X: unexpected failure", f"job X: {message}"]


def test_killed_child_is_tried_once_more(bench: Bench, log: Log) -> None:
    died = PipelineProcessDied("SIGKILL")
    bench.run(raising(died))
    assert log()[1] == f"job X: {died} Trying once more."


def test_outcome_that_cannot_be_recorded(bench: Bench, log: Log) -> None:
    """Somebody else has finished the job; the worker says so and goes on."""
    job = bench.submit()
    other = FakePipeline(lambda *_: bench.store.fail(job.job_id, "By another."))
    assert bench.worker(other).run_once() is True
    assert log()[1:] == [
        "job X: its outcome was not recorded. The job is failed, so it cannot become completed."
    ]


@pytest.mark.parametrize("error", RETRYABLE)
def test_store_that_does_not_answer(bench: Bench, log: Log, error: type[Exception]) -> None:
    """The worker outlasts it, and no result is thrown away."""
    job = bench.submit()
    bench.refuse("claim", error("One."), error("Two."))
    bench.refuse("complete", error("Three."))
    assert bench.worker().run_forever(max_jobs=1) == 1
    told = [line for line in log() if "job" not in line]
    assert told == ["One.", "Two.", "Three. Trying again."]
    assert bench.now(job).status is JobStatus.COMPLETED


def test_worker_waits_for_jobs_in_the_store(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []
    monkeypatch.setattr(bench.store, "claim", lambda timeout: waits.append(timeout))
    worker = bench.worker()
    assert worker.run_once() is False
    assert worker.run_once(timeout=1.0) is False
    assert waits == [0.0, 1.0]
