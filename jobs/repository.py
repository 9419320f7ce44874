"""Job rows in DuckDB. Every change of status is one conditional UPDATE."""

from __future__ import annotations

from abc import ABC, abstractmethod
from datetime import UTC
from typing import Any
from uuid import UUID

from duckdb_engine import insert
from sqlalchemy import Row, select, update
from sqlalchemy.orm import Session

from jobs.exceptions import JobNotFound
from jobs.listing import JobPage, JobQuery, count_by_status, last_page, page_of
from jobs.models import Job, JobRecord, JobStatus

_COLUMNS = Job.__table__.columns


class JobRepository(ABC):
    """The job rows, inside one transaction that the caller commits."""

    @abstractmethod
    def add(self, job_id: UUID, pipeline_id: str, input_path: str) -> None:
        """Insert a pending job; the same job again changes nothing."""

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

    Rows are read as columns, not as entities: a look-up costs half of the ORM's.
    """

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, job_id: UUID, pipeline_id: str, input_path: str) -> None:
        row = {"job_id": job_id, "pipeline_id": pipeline_id, "input_path": input_path}
        self._session.execute(insert(Job).values(row).on_conflict_do_nothing())

    def get(self, job_id: UUID) -> JobRecord:
        row = self._session.execute(select(*_COLUMNS).where(Job.job_id == job_id)).one_or_none()
        if row is None:
            raise JobNotFound
        return _record(row)

    def with_status(self, status: JobStatus) -> list[JobRecord]:
        query = select(*_COLUMNS).where(Job.status == status)
        rows = self._session.execute(query.order_by(Job.created_at, Job.job_id))
        return [_record(row) for row in rows]

    def page(self, query: JobQuery) -> JobPage:
        everything = count_by_status(self._session)
        matching = everything
        if query.id_prefix:
            matching = count_by_status(self._session, query.id_prefix)
        wanted = [matching[status] for status in JobStatus if query.status in (None, status)]
        number = min(query.number, last_page(sum(wanted), query.size))
        rows = self._session.execute(page_of(self._session, query, number, sum(wanted)))
        jobs = [_record(row) for row in rows]
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
        return None if row is None else _record(row)


def _record(row: Row[Any]) -> JobRecord:
    values = dict(row._mapping)
    for name in ("created_at", "updated_at"):
        values[name] = values[name].replace(tzinfo=UTC)
    return JobRecord(**values)
