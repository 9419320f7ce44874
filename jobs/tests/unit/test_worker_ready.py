"""The worker takes a job once it can be run; what is not the video's fault fails none."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest

from jobs.exceptions import DataFolderUnusable, StorageFull
from jobs.models import JobStatus
from jobs.tests.bench import Bench, FakePipeline, raising
from pipeline.exceptions import PipelineProcessDied, PipelineUnavailable, ResultsNotWritable


class Warming(FakePipeline):
    """Loads its models for a while; `look` is called each time that somebody waits for it."""

    def __init__(self, look: Callable[[], object], times: int) -> None:
        super().__init__()
        self._look, self._times = look, times

    def wait_ready(self, timeout: float) -> bool:
        self._times -= 1
        self._look()
        return self._times < 0


def test_no_job_is_taken_before_the_pipeline_is_ready(bench: Bench) -> None:
    job, seen = bench.submit(), []
    pipeline = Warming(lambda: seen.append(bench.now(job).status), times=2)
    assert bench.worker(pipeline).run_once() is True
    assert seen == [JobStatus.PENDING] * 3
    assert bench.now(job).status is JobStatus.COMPLETED


def test_worker_told_to_stop_before_the_pipeline_is_ready_takes_no_job(bench: Bench) -> None:
    job = bench.submit()
    worker = bench.worker(Warming(lambda: worker.stop(), times=1000))
    assert worker.run_forever() == 0
    assert bench.now(job).status is JobStatus.PENDING


@pytest.mark.parametrize("deaths", [0, 1], ids=["at the start", "after its child was killed"])
def test_worker_whose_models_cannot_be_loaded_leaves_jobs_pending(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, deaths: int
) -> None:
    jobs = [bench.submit() for _ in range(2)]
    pipeline = raising(*[PipelineProcessDied("SIGKILL")] * deaths)

    def wait_ready(timeout: float) -> bool:
        if len(pipeline.calls) == deaths:
            raise PipelineUnavailable("There is no GPU.")
        return True

    monkeypatch.setattr(pipeline, "wait_ready", wait_ready)
    with pytest.raises(PipelineUnavailable, match=r"There is no GPU\."):
        bench.worker(pipeline).run_forever()
    for job in map(bench.now, jobs):
        assert (job.status, job.error_message) == (JobStatus.PENDING, None)
    assert bench.store.size() == 2


@pytest.mark.parametrize("error", [ResultsNotWritable, StorageFull, DataFolderUnusable])
def test_job_that_finds_no_room_waits_for_it(bench: Bench, error: type[Exception]) -> None:
    jobs = [bench.submit() for _ in range(2)]
    pipeline = raising(*[error() for _ in range(5)])
    assert bench.worker(pipeline).run_forever(max_jobs=2) == 2
    assert len(pipeline.calls) == 7
    ended = [(job.status, job.error_message) for job in map(bench.now, jobs)]
    assert ended == [(JobStatus.COMPLETED, None)] * 2


def test_no_job_is_begun_without_room(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    job, pipeline = bench.submit(), FakePipeline()
    free = os.statvfs(bench.folder)
    rooms = [os.statvfs_result((*free[:3], 0, 0, *free[5:10]))] * 3 + [free]
    monkeypatch.setattr(os, "statvfs", lambda path: rooms.pop(0))
    worker = bench.worker(pipeline)
    with pytest.raises(StorageFull):
        worker.run_once()
    assert worker.run_forever(max_jobs=1) == 1
    assert (len(pipeline.calls), rooms) == (1, [])
    assert bench.now(job).status is JobStatus.COMPLETED
