"""The job has eight columns and four statuses and no more, in the one table."""

from __future__ import annotations

from sqlalchemy.orm import DeclarativeBase

from jobs.models import Base, Job, JobStatus

COLUMNS = [
    "job_id", "status", "pipeline_id", "input_path", "output_path", "error_message",
    "created_at", "updated_at",
]  # fmt: skip


def test_no_other_column_table_status_or_base() -> None:
    assert Job.__table__.columns.keys() == COLUMNS
    assert list(Base.metadata.tables) == ["jobs"]
    assert [status.value for status in JobStatus] == ["pending", "running", "completed", "failed"]
    assert DeclarativeBase.__subclasses__() == [Base]
