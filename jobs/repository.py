"""Job rows in DuckDB. Every change of status is one conditional UPDATE."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC
from typing import Any
from uuid import UUID

from duckdb_engine import insert
from sqlalchemy import Row, select, update
from sqlalchemy.orm import Session

from jobs.exceptions import JobNotFound
from jobs.listing import JobPage, JobQuery, count_by_status, last_page, page_of
from jobs.models import Job, JobRecord, JobStatus, NewJob

_COLUMNS = Job.__table__.columns


class JobRepository(ABC):
    """The job rows, inside one transaction that the caller commits."""

    @abstractmethod
    def add(self, *jobs: NewJob) -> list[JobRecord]:
        """Insert pending jobs; the same job again changes nothing. The jobs as they are now."""

    @abstractmethod
    def get(self, job_id: UUID) -> JobRecord:
        """The job; raises JobNotFound."""

    @abstractmethod
    def with_status(self, status: JobStatus) -> list[JobRecord]:
        """All jobs in a status, oldest first."""

    @abstractmethod
    def page(self, query: JobQuery) -> JobPage:
        """One page of the jobs that are asked for, newest first."""

    @abstractmethod
    def transition(
        self, job_id: UUID, before: JobStatus, after: JobStatus, **values: str | None
    ) -> JobRecord | None:
        """Move a job from one status to another and set columns; None if it is not there."""


class SqlAlchemyJobRepository(JobRepository):
    """Job rows through a SQLAlchemy session.

    Rows are read as columns, not as entities: a look-up costs half of the ORM's. `changed` holds
    the jobs that were inserted or changed, as they are now.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self.changed: dict[UUID, JobRecord] = {}

    def add(self, *jobs: NewJob) -> list[JobRecord]:
        statement = insert(Job.__table__).on_conflict_do_nothing().returning(*_COLUMNS)
        for row in self._session.execute(statement, [asdict(job) for job in jobs]):
            self._changed(row)
        return [self.changed.get(job.job_id) or self.get(job.job_id) for job in jobs]

    def get(self, job_id: UUID) -> JobRecord:
        row = self._session.execute(select(*_COLUMNS).where(Job.job_id == job_id)).one_or_none()
        if row is None:
            raise JobNotFound
        return record_of(row)

    def with_status(self, status: JobStatus) -> list[JobRecord]:
        query = select(*_COLUMNS).where(Job.status == status)
        rows = self._session.execute(query.order_by(Job.created_at, Job.job_id))
        return [record_of(row) for row in rows]

    def page(self, query: JobQuery) -> JobPage:
        everything = count_by_status(self._session)
        matching = everything
        if query.id_prefix:
            matching = count_by_status(self._session, query.id_prefix)
        wanted = [matching[status] for status in JobStatus if query.status in (None, status)]
        number = min(query.number, last_page(sum(wanted), query.size))
        rows = self._session.execute(page_of(self._session, query, number, sum(wanted)))
        jobs = [record_of(row) for row in rows]
        running = next(iter(self.with_status(JobStatus.RUNNING)), None)
        return JobPage(jobs, number, matching, everything, running)

    def transition(
        self, job_id: UUID, before: JobStatus, after: JobStatus, **values: str | None
    ) -> JobRecord | None:
        # DuckDB reports no row count for RETURNING statements: the returned row is the count.
        statement = (
            update(Job)
            .where(Job.job_id == job_id, Job.status == before)
            .values(status=after, **values)
            .returning(*_COLUMNS)
        )
        row = self._session.execute(
            statement, execution_options={"synchronize_session": False}
        ).one_or_none()
        return None if row is None else self._changed(row)

    def _changed(self, row: Row[Any]) -> JobRecord:
        job = record_of(row)
        self.changed[job.job_id] = job
        return job


def record_of(row: Sequence[Any]) -> JobRecord:
    """The job in a row that holds the table's columns in their order."""
    job_id, status, pipeline_id, input_path, output_path, error_message, created, updated = row
    return JobRecord(
        job_id=job_id,
        status=JobStatus(status),
        pipeline_id=pipeline_id,
        input_path=input_path,
        output_path=output_path,
        error_message=error_message,
        created_at=created.replace(tzinfo=UTC),
        updated_at=updated.replace(tzinfo=UTC),
    )
