"""How the worker stops: after the job in hand, or at once."""

from __future__ import annotations

import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from jobs.models import JobRecord, JobStatus
from jobs.store.base import JobStore
from jobs.tests.conftest import FakePipeline, MakeWorker, raising

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


def test_second_signal_gives_the_job_back(
    make_worker: MakeWorker, store: JobStore, submit: Submit
) -> None:
    job = submit()

    def run(video: Path, pipeline_id: str, results: Path) -> None:
        signal.raise_signal(signal.SIGTERM)
        signal.raise_signal(signal.SIGTERM)

    pipeline = FakePipeline(run)
    worker = make_worker(pipeline)
    old = signal.signal(signal.SIGTERM, worker.handle_signal)
    try:
        with pytest.raises(SystemExit) as caught:
            worker.run_forever()
    finally:
        signal.signal(signal.SIGTERM, old)
    assert caught.value.code == 128 + signal.SIGTERM
    assert pipeline.stopped == 1
    given = store.get(job.job_id)
    assert (given.status, given.error_message) == (JobStatus.PENDING, None)
    assert store.size() == 1


def test_keyboard_interrupt_escapes_and_gives_the_job_back(
    make_worker: MakeWorker, store: JobStore, submit: Submit
) -> None:
    job = submit()
    with pytest.raises(KeyboardInterrupt):
        make_worker(raising(KeyboardInterrupt())).run_once()
    assert store.get(job.job_id).status is JobStatus.PENDING
