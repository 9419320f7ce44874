"""How the worker stops: after the job in hand, or at once."""

from __future__ import annotations

import signal
import subprocess
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest

from jobs import worker as worker_module
from jobs.exceptions import StoreUnavailable
from jobs.models import JobRecord, JobStatus
from jobs.store.base import JobStore
from jobs.tests.conftest import FakePipeline, MakeWorker, raising
from pipeline.exceptions import PipelineProcessDied

Submit = Callable[[], JobRecord]


def test_worker_signal_handling(make_worker: MakeWorker, store: JobStore, submit: Submit) -> None:
    """The first signal lets the job in hand finish; no other one is begun."""
    first, second = submit(), submit()

    def run(video: Path, pipeline_id: str, results: Path) -> None:
        signal.raise_signal(signal.SIGTERM)
        results.write_bytes(b"[]")

    worker = make_worker(FakePipeline(run))
    old = signal.signal(signal.SIGTERM, worker.handle_signal)
    try:
        assert worker.run_forever() == 1
    finally:
        signal.signal(signal.SIGTERM, old)
    assert store.get(first.job_id).status is JobStatus.COMPLETED
    assert store.get(second.job_id).status is JobStatus.PENDING


def test_worker_told_to_stop_while_it_waits_begins_no_job(
    make_worker: MakeWorker, store: JobStore, submit: Submit
) -> None:
    job = submit()
    pipeline = FakePipeline()
    worker = make_worker(pipeline)
    worker.stop()
    assert worker.run_once() is False
    assert pipeline.calls == []
    given = store.get(job.job_id)
    assert (given.status, given.error_message) == (JobStatus.PENDING, None)


def test_keyboard_interrupt_escapes_and_gives_the_job_back(
    make_worker: MakeWorker, store: JobStore, submit: Submit, caplog: pytest.LogCaptureFixture
) -> None:
    job, pipeline = submit(), raising(KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        make_worker(pipeline).run_once()
    assert pipeline.stopped == 1
    assert store.get(job.job_id).status is JobStatus.PENDING
    assert caplog.messages[-1] == f"job {job.job_id}: given back, the worker stops"


def test_second_signal_ends_the_pipelines_process(
    make_worker: MakeWorker, store: JobStore, submit: Submit
) -> None:
    """The handler raises nothing: it may have interrupted anything. The child's death does it."""
    job = submit()
    child = subprocess.Popen(["/bin/sleep", "60"])

    def run(video: Path, pipeline_id: str, results: Path) -> None:
        for _ in range(2):
            worker.handle_signal(signal.SIGINT, None)
        assert child.wait(30) == -signal.SIGKILL
        raise PipelineProcessDied("SIGKILL")

    pipeline = FakePipeline(run)
    pipeline.child = child.pid
    worker = make_worker(pipeline)
    with pytest.raises(SystemExit) as caught:
        worker.run_forever()
    assert caught.value.code == 128 + signal.SIGINT
    given = store.get(job.job_id)
    assert (given.status, given.error_message, len(pipeline.calls)) == (JobStatus.PENDING, None, 1)


def test_second_signal_while_the_outcome_is_recorded_changes_nothing(
    make_worker: MakeWorker, store: JobStore, submit: Submit, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = submit()
    complete = store.complete

    def signalled(job_id: uuid.UUID, output_path: str) -> JobRecord:
        for _ in range(3):
            worker.handle_signal(signal.SIGTERM, None)
        return complete(job_id, output_path)

    monkeypatch.setattr(store, "complete", signalled)
    worker = make_worker(FakePipeline())
    assert worker.run_forever() == 1
    assert store.get(job.job_id).status is JobStatus.COMPLETED


@pytest.mark.parametrize("failures", [3, 10**6])
def test_give_back_is_repeated_and_its_failure_does_not_hide_the_signal(
    make_worker: MakeWorker,
    store: JobStore,
    submit: Submit,
    monkeypatch: pytest.MonkeyPatch,
    failures: int,
) -> None:
    monkeypatch.setattr(worker_module, "RETRY_S", 0.01)
    monkeypatch.setattr(worker_module, "LAST_TRIES_S", 0.1)
    submit()
    give_back, left = store.give_back, [StoreUnavailable()] * failures

    def later(job_id: uuid.UUID) -> JobRecord:
        if left:
            raise left.pop()
        return give_back(job_id)

    monkeypatch.setattr(store, "give_back", later)

    def run(video: Path, pipeline_id: str, results: Path) -> None:
        for _ in range(2):
            worker.handle_signal(signal.SIGTERM, None)

    worker = make_worker(FakePipeline(run))
    with pytest.raises(SystemExit) as caught:
        worker.run_forever()
    assert caught.value.code == 128 + signal.SIGTERM
    assert store.size() == (1 if failures == 3 else 0)


def test_leftovers_that_are_not_ours_stay(make_worker: MakeWorker, data_folder: Path) -> None:
    worker = make_worker(FakePipeline())
    temp = data_folder / "tmp"
    (temp / "results-x.part").mkdir()
    (temp / "results-x.part" / "mine.txt").touch()
    for name in ("results-y.part", "other.part"):
        (temp / name).touch()
    worker.start()
    assert sorted(path.name for path in temp.rglob("*")) == [
        "mine.txt",
        "other.part",
        "results-x.part",
    ]
