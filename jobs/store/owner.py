"""The job store in the process that owns it: the database and the queue."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Engine

from jobs.exceptions import JobNotFound, WrongTransition
from jobs.listing import read_page
from jobs.models import JobPage, JobQuery, JobRecord, JobStatus, NewJob
from jobs.queue.base import QueueService
from jobs.store.base import OwnedStore, Table
from jobs.store.resident import ResidentDatabase, Rows

INTERRUPTED_ONCE = "Interrupted once: the worker stopped while it read this video."
INTERRUPTED_TWICE = (
    "Interrupted twice: the worker stopped both times while it read this video. "
    "Submit it again if you think that the video is not the cause."
)


@dataclass(eq=False, slots=True)
class _Submission:
    new: NewJob
    job: JobRecord | None = None


class OwnedJobStore(OwnedStore):
    """The rows are the source of truth; the queue is updated after each commit.

    `open_engine` reopens the database after DuckDB has invalidated it.
    """

    def __init__(
        self,
        engine: Engine,
        new_queue: Callable[[], QueueService],
        open_engine: Callable[[], Engine] | None = None,
    ) -> None:
        self._new_queue = new_queue
        self.queue = new_queue()
        self._running: set[UUID] = set()
        self._undelivered: set[UUID] = set()
        self._workers_started = 0
        self._submissions: list[_Submission] = []
        self._database = ResidentDatabase(
            engine, open_engine or (lambda: engine), self._rebuild_queue
        )
        try:
            self._database.read(self._rebuild_queue)
        except BaseException:
            self._database.close()
            raise

    def close(self) -> None:
        self._database.close()
        self._wake_claims(self.queue)  # which then find the store closed

    def submit(self, job_id: UUID, pipeline_id: str, input_path: str) -> JobRecord:
        """Group commit: the next writer inserts the jobs of all waiting callers, with one fsync.

        Four rows in one statement also take DuckDB about as long as one.
        """
        mine = _Submission(NewJob(job_id, pipeline_id, input_path))
        group: list[tuple[_Submission, JobRecord]] = []

        def insert(rows: Rows) -> None:
            group.clear()
            if mine.job is None:
                waiting = [other for other in tuple(self._submissions) if other.job is None]
                group.extend(zip(waiting, rows.add(*(w.new for w in waiting)), strict=True))

        def committed(rows: Rows) -> None:
            self._update_queue(rows)
            for submission, job in group:
                submission.job = job

        self._submissions.append(mine)
        try:
            self._database.write(insert, committed)
        finally:
            self._submissions.remove(mine)
        assert mine.job is not None
        return mine.job

    def exists(self, job_id: UUID) -> bool:
        def has_row(rows: Rows) -> bool:
            try:
                return bool(rows.get(job_id))
            except JobNotFound:
                return False

        # Writes are serialized, so this one runs after those in progress.
        return self._database.write(has_row, self._update_queue)

    def get(self, job_id: UUID) -> JobRecord:
        return self._database.look_up(job_id)

    def list_jobs(self, query: JobQuery) -> JobPage:
        return self._database.read(lambda rows: read_page(rows, query))

    def start_worker(self) -> list[JobRecord]:
        def interrupt_all(rows: Rows) -> list[JobRecord]:
            return [self._interrupt(rows, job) for job in rows.with_status(JobStatus.RUNNING)]

        # A `claim` of the dead worker may still be waiting; it must not take a job.
        self._workers_started += 1
        return self._database.write(interrupt_all, self._rebuild_queue)

    def claim(self, timeout: float = 0.0) -> JobRecord | None:
        worker, until = self._workers_started, time.monotonic() + timeout
        while worker == self._workers_started:
            for running in tuple(self._running):
                self._undelivered.discard(running)
                return self.get(running)
            job_id = self.queue.dequeue(max(0.0, until - time.monotonic()))
            if job_id is None and not self._running:
                return None
            if job_id is None:  # another call of the same worker has claimed a job
                continue
            try:
                job = self._start(job_id, worker)
            except BaseException:
                self.queue.enqueue(job_id)  # its row is still pending
                raise
            if job is not None:
                return job
        return None

    def undelivered(self, job_id: UUID) -> None:
        self._undelivered.add(job_id)

    def complete(self, job_id: UUID, output_path: str) -> JobRecord:
        return self._finish(
            job_id, JobStatus.COMPLETED, output_path=output_path, error_message=None
        )

    def fail(self, job_id: UUID, error_message: str) -> JobRecord:
        return self._finish(job_id, JobStatus.FAILED, error_message=error_message)

    def give_back(self, job_id: UUID) -> JobRecord:
        return self._finish(job_id, JobStatus.PENDING)

    def remove(self, job_id: UUID) -> None:
        def delete(rows: Rows) -> None:
            if not rows.remove(job_id):
                try:
                    status = rows.get(job_id).status
                except JobNotFound:
                    return
                raise WrongTransition(f"The job is {status}, so it cannot be removed.")

        self._database.write(delete, self._update_queue)

    def select(self, sql: str, parameters: Sequence[Any] = ()) -> Table:
        return self._database.select(sql, parameters)

    def size(self) -> int:
        self._database.check()
        return self.queue.size()

    def _start(self, job_id: UUID, worker: int) -> JobRecord | None:
        def begin(rows: Rows) -> JobRecord | None:
            if worker != self._workers_started:
                return None
            return rows.transition(job_id, JobStatus.PENDING, JobStatus.RUNNING)

        return self._database.write(begin, self._update_queue)

    def _finish(self, job_id: UUID, after: JobStatus, **values: str | None) -> JobRecord:
        def finish(rows: Rows) -> JobRecord:
            job = rows.transition(job_id, JobStatus.RUNNING, after, **values)
            if job is None:
                job = rows.get(job_id)
                if job.status != after or any(getattr(job, k) != v for k, v in values.items()):
                    raise WrongTransition(f"The job is {job.status}, so it cannot become {after}.")
            return job

        return self._database.write(finish, self._update_queue)

    def _interrupt(self, rows: Rows, job: JobRecord) -> JobRecord:
        """Give a dead worker's job back; fail it if it was interrupted before."""
        after, note = JobStatus.PENDING, job.error_message
        if job.job_id not in self._undelivered:
            after = JobStatus.PENDING if note is None else JobStatus.FAILED
            note = INTERRUPTED_ONCE if note is None else INTERRUPTED_TWICE
        rows.transition(job.job_id, JobStatus.RUNNING, after, error_message=note)
        return rows.get(job.job_id)

    # The following run after a commit, before the next write.

    def _update_queue(self, rows: Rows) -> None:
        for job in rows.changed.values():
            if job.status is JobStatus.RUNNING:
                self._running.add(job.job_id)
            else:
                self._running.discard(job.job_id)
            if job.status is JobStatus.PENDING:
                self.queue.enqueue(job.job_id)

    def _rebuild_queue(self, rows: Rows) -> None:
        queue, old_queue = self._new_queue(), self.queue
        for job_id in rows.ids(JobStatus.PENDING):
            queue.enqueue(job_id)
        self._running = set(rows.ids(JobStatus.RUNNING))
        self._undelivered &= self._running
        self.queue = queue
        self._wake_claims(old_queue)

    @staticmethod
    def _wake_claims(queue: QueueService) -> None:
        queue.enqueue(uuid4())  # no job has this ID
