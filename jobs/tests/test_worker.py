"""The worker's own behaviour: what it takes, how it records."""

from __future__ import annotations

import json
import threading
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest

from jobs.models import JobRecord, JobStatus
from jobs.storage.base import StorageService
from jobs.store.base import JobStore
from jobs.store.gateway import JobStoreGateway
from jobs.store.owner import INTERRUPTED_ONCE
from jobs.tests.conftest import FakePipeline, MakeWorker, owner_of, raising
from pipeline.exceptions import PipelineProcessDied, UnreadableVideo

Submit = Callable[[], JobRecord]


def test_worker_dequeue(make_worker: MakeWorker, store: JobStore, submit: Submit) -> None:
    submit()
    assert store.size() == 1
    make_worker(FakePipeline()).run_once()
    assert store.size() == 0


def test_worker_status_transition(make_worker: MakeWorker, store: JobStore, submit: Submit) -> None:
    job = submit()
    seen = []

    def run(video: Path, pipeline_id: str, results: Path) -> None:
        seen.append(store.get(job.job_id).status)
        results.write_bytes(b"[]")

    make_worker(FakePipeline(run)).run_once()
    assert [*seen, store.get(job.job_id).status] == [JobStatus.RUNNING, JobStatus.COMPLETED]


def test_worker_empty_queue(make_worker: MakeWorker) -> None:
    pipeline = FakePipeline()
    assert make_worker(pipeline).run_once() is False
    assert pipeline.calls == []


def test_worker_run_once_returns_bool(make_worker: MakeWorker, submit: Submit) -> None:
    submit()
    worker = make_worker(FakePipeline())
    assert worker.run_once() is True
    assert worker.run_once() is False


def test_worker_job_not_found(make_worker: MakeWorker, store: JobStoreGateway) -> None:
    store.join()
    owner_of(store).queue.enqueue(uuid.uuid4())
    assert make_worker(FakePipeline()).run_once() is False


def test_worker_stops_after_max_jobs(
    make_worker: MakeWorker, store: JobStore, submit: Submit
) -> None:
    jobs = [submit() for _ in range(3)]
    assert make_worker(FakePipeline()).run_forever(max_jobs=2) == 2
    assert store.get(jobs[2].job_id).status is JobStatus.PENDING


def test_starting_worker_takes_up_what_a_dead_one_left(
    make_worker: MakeWorker,
    store: JobStore,
    submit: Submit,
    data_folder: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    job = submit()
    store.claim()
    leftover = data_folder / "tmp" / "results-dead.part"
    leftover.write_bytes(b"[")
    pipeline = FakePipeline()
    worker = make_worker(pipeline)
    worker.start()
    assert pipeline.started == 1
    assert not leftover.exists()
    assert store.get(job.job_id).error_message == INTERRUPTED_ONCE
    assert f"job {job.job_id}: {INTERRUPTED_ONCE}" in caplog.messages
    assert worker.run_once() is True
    done = store.get(job.job_id)
    assert (done.status, done.error_message) == (JobStatus.COMPLETED, None)


@pytest.mark.parametrize("name", ["SIGKILL", "SIGTERM", "SIGINT", "SIGHUP", "SIGALRM"])
def test_child_killed_from_outside_once_does_not_fail_the_job(
    make_worker: MakeWorker, store: JobStore, submit: Submit, name: str
) -> None:
    job = submit()
    make_worker(raising(PipelineProcessDied(name))).run_once()
    assert store.get(job.job_id).status is JobStatus.COMPLETED


@pytest.mark.parametrize(
    "deaths",
    [
        [PipelineProcessDied("SIGKILL")] * 2,
        [PipelineProcessDied("SIGALRM")] * 2,
        [PipelineProcessDied("SIGSEGV")],
    ],
    ids=["killed twice", "stuck twice", "crashed"],
)
def test_child_that_dies_of_the_video_fails_the_job(
    make_worker: MakeWorker, store: JobStore, submit: Submit, deaths: list[PipelineProcessDied]
) -> None:
    job = submit()
    worker = make_worker(raising(*deaths))
    worker.run_once()
    failed = store.get(job.job_id)
    assert failed.status is JobStatus.FAILED
    assert failed.error_message == str(deaths[0])
    following = submit()
    worker.run_once()
    assert store.get(following.job_id).status is JobStatus.COMPLETED


def test_missing_input_fails_the_job(
    make_worker: MakeWorker, store: JobStore, submit: Submit, storage: StorageService
) -> None:
    job = submit()
    storage.delete_file(job.input_path)
    make_worker(FakePipeline()).run_once()
    assert store.get(job.job_id).error_message == "The uploaded video is gone. Submit it again."


def test_failed_job_leaves_no_partial_results(
    make_worker: MakeWorker, submit: Submit, data_folder: Path
) -> None:
    submit()

    def run(video: Path, pipeline_id: str, results: Path) -> None:
        results.write_bytes(b"[{")
        raise UnreadableVideo

    make_worker(FakePipeline(run)).run_once()
    assert list((data_folder / "tmp").iterdir()) == []
    assert list((data_folder / "video_jobs").glob("*_results.json")) == []


def test_idle_worker_wakes_for_a_job(
    make_worker: MakeWorker, store: JobStore, submit: Submit
) -> None:
    worker = make_worker(FakePipeline())
    working = threading.Thread(target=worker.run_forever, kwargs={"max_jobs": 1})
    working.start()
    job = submit()
    working.join(timeout=60)
    assert store.get(job.job_id).status is JobStatus.COMPLETED


def test_results_are_on_disk_before_the_row_says_completed(
    make_worker: MakeWorker,
    store: JobStore,
    submit: Submit,
    storage: StorageService,
    data_folder: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    submit()
    complete = store.complete
    stored = []

    def look(job_id: uuid.UUID, output_path: str) -> JobRecord:
        stored.append(json.loads(storage.load_file(output_path).read_bytes()))
        return complete(job_id, output_path)

    monkeypatch.setattr(store, "complete", look)
    make_worker(FakePipeline()).run_once()
    assert stored == [[]]
    for path in (data_folder / "video_jobs").iterdir():
        assert path.stat().st_mode & 0o777 == 0o600, path
