"""The job: one row of the table `jobs`, and the value that leaves the database."""

from __future__ import annotations

import enum
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import DateTime, Enum, Text, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from jobs.database import Base


class JobStatus(enum.StrEnum):
    """The four statuses of a job."""

    PENDING = "pending"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"

    @property
    def is_final(self) -> bool:
        return self in (JobStatus.COMPLETED, JobStatus.FAILED)


@dataclass(frozen=True, slots=True)
class JobRecord:
    """A job as it was read; timestamps are aware UTC, paths relative to the data folder."""

    job_id: uuid.UUID
    status: JobStatus
    pipeline_id: str
    input_path: str
    output_path: str | None
    error_message: str | None
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class NewJob:
    """What a submission says of its job; the path is relative to the data folder."""

    job_id: uuid.UUID
    pipeline_id: str
    input_path: str


def utc_now() -> datetime:
    """Now in UTC without a zone: DuckDB needs pytz to read zoned timestamps back."""
    return datetime.now(UTC).replace(tzinfo=None)


class Job(Base):
    """A row of `jobs`; Alembic alone creates the table (jobs/alembic)."""

    __tablename__ = "jobs"

    job_id: Mapped[uuid.UUID] = mapped_column(Uuid, primary_key=True, default=uuid.uuid4)
    status: Mapped[JobStatus] = mapped_column(
        Enum(JobStatus, native_enum=False, values_callable=lambda kind: [s.value for s in kind]),
        default=JobStatus.PENDING,
        nullable=False,
    )
    pipeline_id: Mapped[str] = mapped_column(Text, nullable=False)
    input_path: Mapped[str] = mapped_column(Text, nullable=False)
    output_path: Mapped[str | None] = mapped_column(Text)
    error_message: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(DateTime, default=utc_now, nullable=False)
    updated_at: Mapped[datetime] = mapped_column(
        DateTime, default=utc_now, onupdate=utc_now, nullable=False
    )
