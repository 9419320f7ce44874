"""Reads and writes job rows, and translates DuckDB's errors."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import duckdb
import duckdb_engine
from sqlalchemy import Connection, Row, bindparam, delete, select, text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from jobs.exceptions import (
    DatabaseDamaged,
    DatabaseInvalidated,
    DatabaseLocked,
    DatabaseUnusable,
    JobNotFound,
    JobsError,
    StorageFull,
    StoreUnavailable,
)
from jobs.models import FINAL, Job, JobRecord, JobStatus, NewJob
from jobs.storage.local import DISK_FULL, NOT_ALLOWED, disk_error

COLUMNS = Job.__table__.columns
_BATCH = 1000
_IDS = "SELECT job_id FROM jobs WHERE status = ? ORDER BY created_at, job_id"
_LOOK_UP = str(
    select(*COLUMNS)
    .where(Job.job_id == bindparam("job_id"))
    .compile(dialect=duckdb_engine.Dialect(paramstyle="qmark"))
)
_UNSYNCHRONIZED = {"synchronize_session": False}
# After this, closing the database does not write to its file.
NO_CHECKPOINT_ON_CLOSE = text("PRAGMA disable_checkpoint_on_shutdown")
# DuckDB's errors can be told apart by their messages only.
_DAMAGE = (
    "Corrupt database file",
    "Corrupt WAL file",
    "not a valid DuckDB database file",
    "Could not read enough bytes",
    "Failure while replaying WAL",
    os.strerror(errno.EISDIR),
)


def log_of(database: Path) -> Path:
    """DuckDB's WAL, beside the database."""
    return database.with_name(f"{database.name}.wal")


def utc_now() -> datetime:
    """A naive UTC timestamp: DuckDB needs pytz to read aware ones."""
    return datetime.now(UTC).replace(tzinfo=None)


class SqlAlchemyJobRepository:
    """The job rows, within one transaction that the caller commits.

    Rows are read as columns, which takes half the time of ORM entities. `changed` holds the new
    state of inserted and changed jobs, `removed` the IDs of deleted ones.
    """

    def __init__(self, session: Session) -> None:
        self.session = session
        self.changed: dict[UUID, JobRecord] = {}
        self.removed: set[UUID] = set()

    def add(self, *jobs: NewJob) -> list[JobRecord]:
        """Insert pending jobs, skipping existing ones; returns the jobs' current state."""
        statement = duckdb_engine.insert(Job.__table__).on_conflict_do_nothing()
        values = []
        for job in jobs:
            now = utc_now()
            values.append({**asdict(job), "created_at": now, "updated_at": now})
        for row in self.session.execute(statement.returning(*COLUMNS), values):
            self._changed(row)
        return [self.changed.get(job.job_id) or self.get(job.job_id) for job in jobs]

    def get(self, job_id: UUID) -> JobRecord:
        """Raises JobNotFound."""
        row = self.session.execute(select(*COLUMNS).where(Job.job_id == job_id)).one_or_none()
        if row is None:
            raise JobNotFound
        return record_of(row)

    def with_status(self, status: JobStatus) -> list[JobRecord]:
        """All jobs in a status, oldest first."""
        query = select(*COLUMNS).where(Job.status == status)
        rows = self.session.execute(query.order_by(Job.created_at, Job.job_id))
        return [record_of(row) for row in rows]

    def ids(self, status: JobStatus) -> Iterator[UUID]:
        """The IDs of all jobs in a status, oldest first, read in batches."""
        # Bypasses SQLAlchemy, which takes three times as long: relevant for 500,000 jobs.
        connection = self.session.connection().connection.driver_connection
        result = connection.execute(_IDS, [status.value])  # type: ignore[union-attr]
        while batch := result.fetchmany(_BATCH):
            for (job_id,) in batch:
                yield job_id

    def transition(
        self, job_id: UUID, before: JobStatus, after: JobStatus, **values: str | None
    ) -> JobRecord | None:
        """Change a job's status, and other columns, if it is `before`; None if it is not."""
        # DuckDB reports no row count for UPDATE, so the returned row tells.
        statement = (
            update(Job)
            .where(Job.job_id == job_id, Job.status == before)
            .values(status=after, updated_at=utc_now(), **values)
            .returning(*COLUMNS)
        )
        row = self.session.execute(statement, execution_options=_UNSYNCHRONIZED).one_or_none()
        return None if row is None else self._changed(row)

    def remove(self, job_id: UUID) -> bool:
        """Delete a completed or failed job; False if there is no such job."""
        statement = delete(Job).where(Job.job_id == job_id, Job.status.in_(FINAL))
        removed = self.session.execute(
            statement.returning(Job.job_id), execution_options=_UNSYNCHRONIZED
        )
        self.removed.update(removed.scalars())
        return job_id in self.removed

    def _changed(self, row: Row[Any]) -> JobRecord:
        job = record_of(row)
        self.changed[job.job_id] = job
        return job


class PreparedLookUp:
    """Reads a job with a prepared statement, in a quarter of the time of a session.

    Each lookup is its own transaction, so it sees all earlier commits. `connection` is for this
    alone, and for one thread at a time: more would not be faster, since DuckDB's binding holds the
    GIL.
    """

    def __init__(self, connection: Connection) -> None:
        self._duckdb: duckdb.DuckDBPyConnection = connection.connection.driver_connection  # type: ignore[assignment]
        (self._statement,) = self._duckdb.extract_statements(_LOOK_UP)

    def get(self, job_id: UUID) -> JobRecord:
        """Raises JobNotFound and duckdb.Error."""
        row = self._duckdb.execute(self._statement, [job_id]).fetchone()
        if row is None:
            raise JobNotFound
        return record_of(row)


def record_of(row: Sequence[Any]) -> JobRecord:
    """The job in a row with all columns, in the table's order."""
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


@contextmanager
def translated_errors() -> Iterator[None]:
    """Translate DuckDB's errors to StoreUnavailable, one of its subclasses, or StorageFull."""
    try:
        yield
    except DBAPIError as error:
        raise translated(error.orig, StoreUnavailable) from error
    except duckdb.Error as error:
        raise translated(error, StoreUnavailable) from error


def translated(error: BaseException | None, default: type[StoreUnavailable]) -> JobsError:
    """The exception for one of DuckDB's errors."""
    message = str(error)
    if isinstance(error, duckdb.FatalException):
        return DatabaseInvalidated()
    if "Could not set lock" in message:
        return DatabaseLocked()
    if no_room(message):
        return StorageFull()
    for number in NOT_ALLOWED:
        if os.strerror(number) in message:
            return disk_error(OSError(number, ""))
    if any(sign in message for sign in _DAMAGE):
        return DatabaseDamaged()
    if "Trying to read a database file with version number" in message:
        return DatabaseUnusable(
            "The job database was made by a newer version of DuckDB than this one can read. "
            "Run the version of ForgeSyte that made it, or a newer one."
        )
    return default()


def no_room(message: str) -> bool:
    """Whether an error message says that the disk is full."""
    return any(os.strerror(number) in message for number in DISK_FULL)
