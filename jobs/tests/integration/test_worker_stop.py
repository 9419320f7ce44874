"""How the worker stops: after the current job, or at once."""

from __future__ import annotations

import signal
import subprocess
import uuid

import pytest

from jobs.exceptions import StoreUnavailable
from jobs.models import JobRecord, JobStatus
from jobs.tests.bench import Bench, FakePipeline, raising
from jobs.worker import JobWorker
from pipeline.exceptions import PipelineProcessDied


def signalled(worker: JobWorker, times: int) -> None:
    for _ in range(times):
        worker.handle_signal(signal.SIGTERM, None)


def test_worker_signal_handling(bench: Bench) -> None:
    """The first signal lets the current job finish; no other one is begun."""
    first, second = bench.submit(), bench.submit()
    worker = bench.worker(FakePipeline(lambda *_: signal.raise_signal(signal.SIGTERM)))
    old = signal.signal(signal.SIGTERM, worker.handle_signal)
    try:
        assert worker.run_forever() == 1
    finally:
        signal.signal(signal.SIGTERM, old)
    assert bench.now(first).status is JobStatus.COMPLETED
    assert bench.now(second).status is JobStatus.PENDING


def test_worker_told_to_stop_while_it_waits_begins_no_job(bench: Bench) -> None:
    job, pipeline = bench.submit(), FakePipeline()
    worker = bench.worker(pipeline)
    worker.stop()
    assert worker.run_once() is False
    assert pipeline.calls == []
    given = bench.now(job)
    assert (given.status, given.error_message) == (JobStatus.PENDING, None)


def test_keyboard_interrupt_escapes_and_gives_the_job_back(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    job, pipeline = bench.submit(), raising(KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        bench.worker(pipeline).run_once()
    assert pipeline.stopped == 1
    assert bench.now(job).status is JobStatus.PENDING
    assert caplog.messages[-1] == f"job {job.job_id}: given back: the worker is stopping"


def test_second_signal_ends_the_pipelines_process(bench: Bench) -> None:
    """The handler raises nothing: it may have interrupted anything. The child's death does it."""
    job, child = bench.submit(), subprocess.Popen(["/bin/sleep", "60"])

    def run(*arguments: object) -> None:
        signalled(worker, 2)
        assert child.wait(30) == -signal.SIGKILL
        raise PipelineProcessDied("SIGKILL")

    pipeline = FakePipeline(run)
    pipeline.child = child.pid
    worker = bench.worker(pipeline)
    with pytest.raises(SystemExit) as caught:
        worker.run_forever()
    assert caught.value.code == 128 + signal.SIGTERM
    given = bench.now(job)
    assert (given.status, given.error_message, len(pipeline.calls)) == (JobStatus.PENDING, None, 1)


def test_second_signal_while_the_outcome_is_recorded_changes_nothing(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    job, complete, worker = bench.submit(), bench.store.complete, bench.worker()

    def interrupted(job_id: uuid.UUID, output_path: str) -> JobRecord:
        signalled(worker, 3)
        return complete(job_id, output_path)

    monkeypatch.setattr(bench.store, "complete", interrupted)
    assert worker.run_forever() == 1
    assert bench.now(job).status is JobStatus.COMPLETED


@pytest.mark.parametrize("failures", [3, 10**4])
def test_give_back_is_repeated_and_its_failure_does_not_hide_the_signal(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, failures: int
) -> None:
    monkeypatch.setattr("jobs.worker.STOP_RETRY_S", 0.1)
    bench.submit()
    bench.refuse("give_back", *[StoreUnavailable() for _ in range(failures)])
    worker = bench.worker(FakePipeline(lambda *_: signalled(worker, 2)))
    with pytest.raises(SystemExit) as caught:
        worker.run_forever()
    assert caught.value.code == 128 + signal.SIGTERM
    assert bench.store.size() == (1 if failures == 3 else 0)
