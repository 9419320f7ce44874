"""The table `jobs`, and the values that are passed around."""

from __future__ import annotations

import enum
import re
import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import DateTime, Enum, Text, Uuid
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

MAX_PAGE_SIZE = 200
_ID_PREFIX = re.compile(r"[0-9a-f]{0,32}")


class JobStatus(enum.StrEnum):
    PENDING = "pending"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"

    @property
    def is_final(self) -> bool:
        return self in FINAL


FINAL = (JobStatus.COMPLETED, JobStatus.FAILED)


@dataclass(frozen=True, slots=True)
class JobRecord:
    """A job. Timestamps are aware UTC; paths are relative to the data folder."""

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
    """A job to be inserted; the path is relative to the data folder."""

    job_id: uuid.UUID
    pipeline_id: str
    input_path: str


@dataclass(frozen=True, slots=True)
class JobQuery:
    """Which jobs to list.

    `id_prefix`: first hexadecimal digits of a job ID, lower case, without hyphens. `number`: the
    page, counted from 1, of `size` jobs each. Raises ValueError for anything else.
    """

    status: JobStatus | None = None
    id_prefix: str = ""
    number: int = 1
    size: int = 50

    def __post_init__(self) -> None:
        if not _ID_PREFIX.fullmatch(self.id_prefix):
            raise ValueError("A job id begins with hexadecimal digits.")
        if self.number < 1 or not 1 <= self.size <= MAX_PAGE_SIZE:
            raise ValueError(f"Pages count from 1 and hold 1 to {MAX_PAGE_SIZE} jobs.")


@dataclass(frozen=True, slots=True)
class JobPage:
    """A page of the list, as a consistent snapshot.

    `number` is the last page if a later one was requested. `matching` counts the jobs with the
    requested ID prefix by status, `all` all jobs by status.
    """

    jobs: list[JobRecord]
    number: int
    matching: dict[JobStatus, int]
    all: dict[JobStatus, int]
    running: JobRecord | None


class Base(DeclarativeBase):
    """The one declarative base of the project."""


class Job(Base):
    """A row of `jobs`. Alembic creates the table (jobs/alembic)."""

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
    created_at: Mapped[datetime] = mapped_column(DateTime, nullable=False)
    updated_at: Mapped[datetime] = mapped_column(DateTime, nullable=False)
