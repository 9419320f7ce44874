"""What the worker says: its log, line by line, and what it hands to the pipeline."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from jobs.exceptions import StoreClosed
from jobs.models import JobRecord, JobStatus
from jobs.storage.base import StorageService
from jobs.store.base import JobStore
from jobs.tests.conftest import FakePipeline, MakeWorker, raising
from jobs.worker import NOT_NOW
from pipeline.exceptions import PipelineProcessDied, UnreadableVideo

Submit = Callable[[], JobRecord]


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> Callable[[], list[str]]:
    """The worker's lines, without times."""
    caplog.set_level(logging.INFO, "jobs.worker")

    def lines() -> list[str]:
        records = [record for record in caplog.records if record.name == "jobs.worker"]
        return [re.sub(r"after \d\.\d s$", "after N s", r.getMessage()) for r in records]

    return lines


def test_completed_job(
    make_worker: MakeWorker, submit: Submit, store: JobStore, log: Callable[[], list[str]]
) -> None:
    job = submit()
    make_worker(FakePipeline()).run_once()
    assert log() == [
        f"job {job.job_id}: running yolo_ocr",
        f"job {job.job_id}: completed after N s",
    ]
    assert store.get(job.job_id).output_path == f"video_jobs/{job.job_id}_results.json"


def test_failed_job(
    make_worker: MakeWorker, submit: Submit, store: JobStore, log: Callable[[], list[str]]
) -> None:
    job = submit()
    make_worker(raising(UnreadableVideo("The video is cut short."))).run_once()
    assert log() == [
        f"job {job.job_id}: running yolo_ocr",
        f"job {job.job_id}: The video is cut short.",
        f"job {job.job_id}: failed after N s",
    ]
    failed = store.get(job.job_id)
    assert (failed.error_message, failed.output_path) == ("The video is cut short.", None)


def test_unexpected_failure(
    make_worker: MakeWorker,
    submit: Submit,
    log: Callable[[], list[str]],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The client is told nothing of the machine."""
    job = submit()
    make_worker(raising(RuntimeError("/secret/path"))).run_once()
    assert "/secret/path" in caplog.text
    assert log()[1:3] == [
        f"job {job.job_id}: unexpected failure",
        f"job {job.job_id}: The worker failed unexpectedly on this video. Its log says why.",
    ]


def test_killed_child_gets_the_same_video_again(
    make_worker: MakeWorker, submit: Submit, storage: StorageService, log: Callable[[], list[str]]
) -> None:
    job = submit()
    died = PipelineProcessDied("SIGKILL")
    pipeline = raising(died)
    make_worker(pipeline).run_once()
    assert pipeline.calls == [(storage.load_file(job.input_path), "yolo_ocr")] * 2
    assert log()[1] == f"job {job.job_id}: {died} Trying once more."


def test_outcome_that_cannot_be_recorded(
    make_worker: MakeWorker, submit: Submit, store: JobStore, log: Callable[[], list[str]]
) -> None:
    """Somebody else has finished the job; the worker says so and goes on."""
    job = submit()

    def run(video: Path, pipeline_id: str, results: Path) -> None:
        store.fail(job.job_id, "By another.")
        results.write_bytes(b"[]")

    assert make_worker(FakePipeline(run)).run_once() is True
    assert log()[1:] == [
        f"job {job.job_id}: its outcome was not recorded. "
        "The job is failed, so it cannot become completed."
    ]


@pytest.mark.parametrize("error", NOT_NOW)
def test_store_that_does_not_answer(
    make_worker: MakeWorker,
    submit: Submit,
    store: JobStore,
    log: Callable[[], list[str]],
    monkeypatch: pytest.MonkeyPatch,
    error: type[Exception],
) -> None:
    """No result is thrown away."""
    job = submit()
    for pause in ("RETRY_S", "DISK_RETRY_S"):
        monkeypatch.setattr(f"jobs.worker.{pause}", 0.01)
    claim, complete = store.claim, store.complete
    waits: list[float] = []
    refusals = [error("One."), error("Two.")]

    def later(timeout: float = 0.0) -> JobRecord | None:
        waits.append(timeout)
        if len(refusals) == 2:
            raise refusals.pop(0)
        return claim(timeout)

    def later_too(*args: object) -> JobRecord:
        if refusals:
            raise refusals.pop(0)
        return complete(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(store, "claim", later)
    monkeypatch.setattr(store, "complete", later_too)
    worker = make_worker(FakePipeline())
    assert worker.run_forever(max_jobs=1) == 1
    assert [line for line in log() if "job" not in line] == ["One.", "Two. Trying again."]
    assert store.get(job.job_id).status is JobStatus.COMPLETED
    assert worker.run_once() is False
    assert waits == [1.0, 1.0, 0.0]


def test_closed_store_ends_the_worker(
    make_worker: MakeWorker, submit: Submit, store: JobStore, data_folder: Path
) -> None:
    submit()

    def run(video: Path, pipeline_id: str, results: Path) -> None:
        store.close()  # type: ignore[attr-defined]
        results.write_bytes(b"[]")

    worker = make_worker(FakePipeline(run))
    with pytest.raises(StoreClosed):
        worker.run_forever()
    with pytest.raises(StoreClosed):
        worker.run_forever()


def test_closing_ends_the_pipelines_process(make_worker: MakeWorker) -> None:
    pipeline = FakePipeline()
    make_worker(pipeline).close()
    assert (pipeline.started, pipeline.stopped) == (0, 1)
