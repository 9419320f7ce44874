"""The worker takes a job once its pipeline can run it."""

from __future__ import annotations

from collections.abc import Callable

from jobs.models import JobRecord, JobStatus
from jobs.store.base import JobStore
from jobs.tests.conftest import FakePipeline, MakeWorker

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
