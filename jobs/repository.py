"""Job rows in DuckDB. Every change of status is one conditional UPDATE."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import UTC
from typing import Any
from uuid import UUID

import duckdb
from duckdb_engine import insert
from sqlalchemy import Connection, Row, bindparam, delete, select, update
from sqlalchemy.orm import Session

from jobs.database import JobsDialect
from jobs.exceptions import JobNotFound
from jobs.listing import JobPage, JobQuery, count_by_status, last_page, page_of
from jobs.models import Job, JobRecord, JobStatus, NewJob

_COLUMNS = Job.__table__.columns
_BATCH = 1000
_IDS = "SELECT job_id FROM jobs WHERE status = ? ORDER BY created_at, job_id"
_LOOK_UP = str(
    select(*_COLUMNS)
    .where(Job.job_id == bindparam("job_id"))
    .compile(dialect=JobsDialect(paramstyle="qmark"))
)


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
    def ids(self, status: JobStatus) -> Iterator[UUID]:
        """The IDs of all jobs in a status, oldest first, read in batches."""

    @abstractmethod
    def page(self, query: JobQuery) -> JobPage:
        """One page of the jobs that are asked for, newest first."""

    @abstractmethod
    def transition(
        self, job_id: UUID, before: JobStatus, after: JobStatus, **values: str | None
    ) -> JobRecord | None:
        """Move a job from one status to another and set columns; None if it is not there."""

    @abstractmethod
    def remove(self, job_id: UUID) -> bool:
        """Delete a completed or failed job; False if there is none of that ID."""


class SqlAlchemyJobRepository(JobRepository):
    """Job rows through a SQLAlchemy session.

    Rows are read as columns, not as entities: a look-up costs half of the ORM's. `changed` holds
    the jobs that were inserted or changed, as they are now, and `removed` the IDs of those deleted.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self.changed: dict[UUID, JobRecord] = {}
        self.removed: set[UUID] = set()

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

    def ids(self, status: JobStatus) -> Iterator[UUID]:
        # Of half a million: SQLAlchemy's rows take three times as long.
        connection = self._session.connection().connection.driver_connection
        result = connection.execute(_IDS, [status.value])  # type: ignore[union-attr]
        while batch := result.fetchmany(_BATCH):
            for (job_id,) in batch:
                yield job_id

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

    def remove(self, job_id: UUID) -> bool:
        final = [status for status in JobStatus if status.is_final]
        statement = delete(Job).where(Job.job_id == job_id, Job.status.in_(final))
        removed = self._session.execute(
            statement.returning(Job.job_id), execution_options={"synchronize_session": False}
        ).scalars()
        self.removed.update(removed)
        return job_id in self.removed

    def _changed(self, row: Row[Any]) -> JobRecord:
        job = record_of(row)
        self.changed[job.job_id] = job
        return job


class PreparedLookUp:
    """Reads a job by a prepared statement, in a quarter of the time that a session takes.

    Each look-up is a transaction of its own, so it sees all that was committed before.
    `connection` is used for nothing else, by one thread at a time: DuckDB's binding holds
    Python's lock, so more would not be faster.
    """

    def __init__(self, connection: Connection) -> None:
        self._duckdb: duckdb.DuckDBPyConnection = connection.connection.driver_connection  # type: ignore[assignment]
        (self._statement,) = self._duckdb.extract_statements(_LOOK_UP)

    def get(self, job_id: UUID) -> JobRecord:
        """The job; raises JobNotFound, duckdb.Error."""
        row = self._duckdb.execute(self._statement, [job_id]).fetchone()
        if row is None:
            raise JobNotFound
        return record_of(row)


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
