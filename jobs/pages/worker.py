"""Whether a worker is at work."""

from __future__ import annotations

from dataclasses import dataclass

from jobs.composition import run_folder
from jobs.locks import ProcessLock
from jobs.models import JobRecord

LOCK_NAME = "worker.lock"


@dataclass(frozen=True, slots=True)
class WorkerState:
    """The process of the worker, None if there is none, and the job that is running.

    A running job without a worker was interrupted: the next worker gives it back.
    """

    pid: int | None
    job: JobRecord | None


def worker_state(running: JobRecord | None) -> WorkerState:
    """Asked without taking the worker's lock, so a worker that starts just now is not refused."""
    return WorkerState(ProcessLock(run_folder() / LOCK_NAME).held_by(), running)
