"""The worker takes a job once it can be run; what is not the video's fault fails none."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from jobs import worker as worker_module
from jobs.exceptions import DataFolderUnusable, StorageFull
from jobs.models import JobRecord, JobStatus
from jobs.store.base import JobStore
from jobs.tests.conftest import FakePipeline, MakeWorker, raising
from pipeline.exceptions import PipelineProcessDied, PipelineUnavailable, ResultsNotWritable

Submit = Callable[[], JobRecord]


class Warming(FakePipeline):
    """Loads its models for a while; `look` is called each time that somebody waits for it."""

    def __init__(self, look: Callable[[], None], times: int) -> None:
        super().__init__()
        self._look, self._times = look, times

    def wait_ready(self, timeout: float) -> bool:
        self._times -= 1
        self._look()
        return self._times < 0


def test_no_job_is_taken_before_the_pipeline_is_ready(
    make_worker: MakeWorker, store: JobStore, submit: Submit
) -> None:
    job = submit()
    seen = []
    pipeline = Warming(lambda: seen.append(store.get(job.job_id).status), times=2)
    assert make_worker(pipeline).run_once() is True
    assert seen == [JobStatus.PENDING] * 3
    assert store.get(job.job_id).status is JobStatus.COMPLETED


def test_worker_told_to_stop_before_the_pipeline_is_ready_takes_no_job(
    make_worker: MakeWorker, store: JobStore, submit: Submit
) -> None:
    job = submit()
    pipeline = Warming(lambda: worker.stop(), times=1000)
    worker = make_worker(pipeline)
    assert worker.run_forever() == 0
    assert store.get(job.job_id).status is JobStatus.PENDING


class Unavailable(FakePipeline):
    """Its models cannot be loaded."""

    def wait_ready(self, timeout: float) -> bool:
        raise PipelineUnavailable("There is no GPU.")


def test_worker_whose_models_cannot_be_loaded_takes_no_job(
    make_worker: MakeWorker, store: JobStore, submit: Submit
) -> None:
    jobs = [submit() for _ in range(3)]
    with pytest.raises(PipelineUnavailable, match=r"There is no GPU\."):
        make_worker(Unavailable()).run_forever()
    assert {store.get(job.job_id).status for job in jobs} == {JobStatus.PENDING}


def test_models_that_cannot_be_loaded_again_give_the_job_back(
    make_worker: MakeWorker, store: JobStore, submit: Submit, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The child was killed in the middle of a job, and the next one does not get ready."""
    job = submit()
    pipeline = raising(PipelineProcessDied("SIGKILL"))

    def unavailable(timeout: float) -> bool:
        if pipeline.calls:
            raise PipelineUnavailable
        return True

    monkeypatch.setattr(pipeline, "wait_ready", unavailable)
    with pytest.raises(PipelineUnavailable):
        make_worker(pipeline).run_forever()
    given = store.get(job.job_id)
    assert (given.status, given.error_message) == (JobStatus.PENDING, None)
    assert store.size() == 1


@pytest.mark.parametrize("error", [ResultsNotWritable, StorageFull, DataFolderUnusable])
def test_job_that_finds_no_room_waits_for_it(
    make_worker: MakeWorker,
    store: JobStore,
    submit: Submit,
    monkeypatch: pytest.MonkeyPatch,
    error: type[Exception],
) -> None:
    monkeypatch.setattr(worker_module, "RETRY_S", 0.01)
    monkeypatch.setattr(worker_module, "DISK_RETRY_S", 0.01)
    jobs = [submit() for _ in range(2)]
    pipeline = raising(*[error() for _ in range(5)])
    assert make_worker(pipeline).run_forever(max_jobs=2) == 2
    assert len(pipeline.calls) == 7
    ended = [store.get(job.job_id) for job in jobs]
    assert [(job.status, job.error_message) for job in ended] == [(JobStatus.COMPLETED, None)] * 2


def test_no_job_is_begun_without_room(
    make_worker: MakeWorker,
    store: JobStore,
    submit: Submit,
    data_folder: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(worker_module, "DISK_RETRY_S", 0.01)
    job = submit()
    free = os.statvfs(data_folder)
    rooms = [os.statvfs_result((*free[:3], 0, 0, *free[5:10]))] * 3 + [free]
    monkeypatch.setattr(os, "statvfs", lambda path: rooms.pop(0))
    pipeline = FakePipeline()
    worker = make_worker(pipeline)
    with pytest.raises(StorageFull):
        worker.run_once()
    assert worker.run_forever(max_jobs=1) == 1
    assert (len(pipeline.calls), rooms) == (1, [])
    assert store.get(job.job_id).status is JobStatus.COMPLETED
