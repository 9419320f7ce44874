"""The job row: defaults, statuses, and what the repository does with it."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from jobs.database import open_engine
from jobs.exceptions import JobNotFound
from jobs.models import Base, Job, JobStatus, NewJob
from jobs.repository import SqlAlchemyJobRepository


def new_job(session: Session) -> uuid.UUID:
    job_id = uuid.uuid4()
    SqlAlchemyJobRepository(session).add(NewJob(job_id, "yolo_ocr", f"video_jobs/{job_id}.mp4"))
    return job_id


def test_job_creation() -> None:
    job = Job(pipeline_id="yolo_ocr", input_path="video_jobs/x.mp4")
    assert (job.pipeline_id, job.input_path) == ("yolo_ocr", "video_jobs/x.mp4")


def test_job_defaults(session: Session) -> None:
    new_job(session)
    job = session.query(Job).one()
    assert isinstance(job.job_id, uuid.UUID)
    assert job.status is JobStatus.PENDING
    assert job.output_path is None
    assert job.error_message is None


def test_job_status_enum(session: Session) -> None:
    assert [status.value for status in JobStatus] == ["pending", "running", "completed", "failed"]
    job_id = new_job(session)
    for status in JobStatus:
        session.execute(
            text("UPDATE jobs SET status = :s WHERE job_id = :j"), {"s": status, "j": job_id}
        )
        assert SqlAlchemyJobRepository(session).get(job_id).status is status


def test_database_refuses_another_status(session: Session) -> None:
    job_id = new_job(session)
    with pytest.raises(DBAPIError, match="CHECK"):
        session.execute(text("UPDATE jobs SET status = 'paused' WHERE job_id = :j"), {"j": job_id})


def test_job_save(session: Session) -> None:
    job_id = new_job(session)
    session.commit()
    assert session.execute(text("SELECT job_id FROM jobs")).scalar_one() == job_id


def test_adding_the_same_job_again_changes_nothing(session: Session) -> None:
    repository = SqlAlchemyJobRepository(session)
    job_id = new_job(session)
    repository.transition(job_id, JobStatus.PENDING, JobStatus.RUNNING)
    repository.add(NewJob(job_id, "yolo_ocr", "video_jobs/other.mp4"))
    assert repository.get(job_id).status is JobStatus.RUNNING
    assert session.query(Job).count() == 1


def test_job_get_by_id(session: Session) -> None:
    job_id = new_job(session)
    job = SqlAlchemyJobRepository(session).get(job_id)
    assert (job.job_id, job.input_path) == (job_id, f"video_jobs/{job_id}.mp4")
    with pytest.raises(JobNotFound):
        SqlAlchemyJobRepository(session).get(uuid.uuid4())


def test_job_persistence(tmp_path: Path) -> None:
    database = tmp_path / "jobs.duckdb"
    engine = open_engine(database)
    with Session(engine) as session:
        job_id = new_job(session)
        session.commit()
    engine.dispose()
    engine = open_engine(database)
    with Session(engine) as session:
        assert SqlAlchemyJobRepository(session).get(job_id).job_id == job_id
    engine.dispose()


def test_job_timestamps_auto(session: Session) -> None:
    before = datetime.now(UTC) - timedelta(seconds=1)
    repository = SqlAlchemyJobRepository(session)
    job_id = new_job(session)
    made = repository.get(job_id)
    assert before <= made.created_at <= datetime.now(UTC)
    assert made.updated_at >= made.created_at
    moved = repository.transition(job_id, JobStatus.PENDING, JobStatus.RUNNING)
    assert moved is not None
    assert moved.updated_at > made.updated_at
    assert moved.created_at == made.created_at


def test_job_update_status(session: Session) -> None:
    repository = SqlAlchemyJobRepository(session)
    job_id = new_job(session)
    moved = repository.transition(job_id, JobStatus.PENDING, JobStatus.RUNNING)
    assert moved is not None and moved.status is JobStatus.RUNNING
    assert repository.transition(job_id, JobStatus.PENDING, JobStatus.RUNNING) is None
    done = repository.transition(
        job_id, JobStatus.RUNNING, JobStatus.COMPLETED, output_path="video_jobs/r.json"
    )
    assert done is not None and done.output_path == "video_jobs/r.json"


def test_jobs_of_a_status_come_oldest_first(session: Session) -> None:
    ids = [new_job(session) for _ in range(5)]
    pending = SqlAlchemyJobRepository(session).with_status(JobStatus.PENDING)
    assert [job.job_id for job in pending] == ids


def test_migration_makes_exactly_the_columns_of_the_model(engine: Engine) -> None:
    with engine.connect() as connection:
        rows = connection.execute(
            text(
                "SELECT column_name, data_type, is_nullable FROM duckdb_columns() "
                "WHERE table_name = 'jobs'"
            )
        ).all()
    found = {name: (kind, nullable) for name, kind, nullable in rows}
    assert found == {
        "job_id": ("UUID", False),
        "status": ("VARCHAR", False),
        "pipeline_id": ("VARCHAR", False),
        "input_path": ("VARCHAR", False),
        "output_path": ("VARCHAR", True),
        "error_message": ("VARCHAR", True),
        "created_at": ("TIMESTAMP", False),
        "updated_at": ("TIMESTAMP", False),
    }
    assert set(found) == set(Base.metadata.tables["jobs"].columns.keys())
