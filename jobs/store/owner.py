"""The job store in the process that owns it: the resident engine and the queue."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Engine

from jobs.exceptions import WrongTransition
from jobs.listing import JobPage, JobQuery
from jobs.models import JobRecord, JobStatus, NewJob
from jobs.queue.base import QueueService
from jobs.repository import SqlAlchemyJobRepository
from jobs.store.base import JobStore, Table
from jobs.store.grouping import GroupedSubmissions
from jobs.store.query import run_read_only
from jobs.store.repeating import repeated
from jobs.store.resident import ResidentDatabase

INTERRUPTED_ONCE = "Interrupted once: the worker stopped while it read this video."
INTERRUPTED_TWICE = (
    "Interrupted twice: the worker stopped both times while it read this video. "
    "Submit it again if you think that the video is not the cause."
)


class OwnedJobStore(JobStore):
    """Rows in one resident database, their ids in one queue.

    `open_engine` opens the database again when DuckDB has given it up.
    """

    def __init__(
        self,
        engine: Engine,
        queue_factory: Callable[[], QueueService],
        open_engine: Callable[[], Engine] | None = None,
    ) -> None:
        self._database = ResidentDatabase(engine, open_engine or (lambda: engine))
        self._submissions = GroupedSubmissions(self._database)
        self._queue_factory = queue_factory
        try:
            self._load()
        except BaseException:
            self._database.close()
            raise

    def close(self) -> None:
        """Finish the write in hand and close the database."""
        self._database.close()
        # A claim that waits on the queue wakes up and finds the store closed.
        self._queue.enqueue(uuid4())

    def reopen(self) -> None:
        """Open the database again if DuckDB has given it up, and read anew what is in it."""
        with self._database.writing:
            if self._database.reopen():
                waited_on = self._queue
                self._load()
                waited_on.enqueue(uuid4())

    def _load(self) -> None:
        with self._database.rows() as rows:
            self._held = {job.job_id for job in rows.with_status(JobStatus.RUNNING)}
            self._queue = self._rebuilt_queue(rows)

    # Rows

    @repeated
    def submit(self, job_id: UUID, pipeline_id: str, input_path: str) -> JobRecord:
        job = self._submissions.submit(NewJob(job_id, pipeline_id, input_path))
        # After the commit, and to the queue of now: a worker that starts in between has
        # already put this row into the new queue, and an id may be queued twice.
        self._queue.enqueue(job_id)
        return job

    @repeated
    def get(self, job_id: UUID) -> JobRecord:
        return self._database.look_up(job_id)

    @repeated
    def list_jobs(self, query: JobQuery) -> JobPage:
        with self._database.rows() as rows:
            return rows.page(query)

    @repeated
    def start_worker(self) -> list[JobRecord]:
        with self._database.writing:
            with self._database.writes() as rows:
                running = rows.with_status(JobStatus.RUNNING)
                interrupted = [_interrupt(rows, job) for job in running]
                queue = self._rebuilt_queue(rows)
            # A call of the dead worker may still wait on the old queue: it finds nothing there.
            self._queue = queue
            self._held.clear()
        return interrupted

    @repeated
    def claim(self, timeout: float = 0.0) -> JobRecord | None:
        deadline = time.monotonic() + timeout
        while True:
            if self._held:
                return self.get(next(iter(self._held)))
            job_id = self._queue.dequeue(max(0.0, deadline - time.monotonic()))
            if job_id is None:
                return None
            try:
                job = self._begin(job_id)
            except BaseException:
                self._queue.enqueue(job_id)  # its row is pending still
                raise
            if job is not None:
                return job

    def _begin(self, job_id: UUID) -> JobRecord | None:
        with self._database.writing:
            with self._database.writes() as rows:
                job = rows.transition(job_id, JobStatus.PENDING, JobStatus.RUNNING)
            if job is not None:
                self._held.add(job_id)
        return job

    @repeated
    def complete(self, job_id: UUID, output_path: str) -> JobRecord:
        return self._finish(
            job_id, JobStatus.COMPLETED, output_path=output_path, error_message=None
        )

    @repeated
    def fail(self, job_id: UUID, error_message: str) -> JobRecord:
        return self._finish(job_id, JobStatus.FAILED, error_message=error_message)

    @repeated
    def give_back(self, job_id: UUID) -> JobRecord:
        job = self._finish(job_id, JobStatus.PENDING)
        self.enqueue(job_id)
        return job

    def _finish(self, job_id: UUID, after: JobStatus, **values: str | None) -> JobRecord:
        with self._database.writing:
            with self._database.writes() as rows:
                job = rows.transition(job_id, JobStatus.RUNNING, after, **values)
                if job is None:
                    job = rows.get(job_id)
                    if job.status != after or any(getattr(job, k) != v for k, v in values.items()):
                        raise WrongTransition(
                            f"The job is {job.status}, so it cannot become {after}."
                        )
            self._held.discard(job_id)
        return job

    @repeated
    def select(self, sql: str, parameters: Sequence[Any] = ()) -> Table:
        with self._database.using() as engine:
            return run_read_only(engine, sql, parameters)

    # Queue

    def enqueue(self, job_id: UUID) -> None:
        self._database.check()
        self._queue.enqueue(job_id)

    def dequeue(self, timeout: float = 0.0) -> UUID | None:
        job_id = self._queue.dequeue(timeout)
        self._database.check()
        return job_id

    def size(self) -> int:
        self._database.check()
        return self._queue.size()

    def _rebuilt_queue(self, rows: SqlAlchemyJobRepository) -> QueueService:
        queue = self._queue_factory()
        for job in rows.with_status(JobStatus.PENDING):
            queue.enqueue(job.job_id)
        return queue


def _interrupt(rows: SqlAlchemyJobRepository, job: JobRecord) -> JobRecord:
    """Give a dead worker's job back; the note of the first time makes the second the last."""
    if job.error_message is None:
        after, note = JobStatus.PENDING, INTERRUPTED_ONCE
    else:
        after, note = JobStatus.FAILED, INTERRUPTED_TWICE
    rows.transition(job.job_id, JobStatus.RUNNING, after, error_message=note)
    return rows.get(job.job_id)
