"""The list of jobs as the job store gives it."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, insert
from sqlalchemy.orm import Session

from jobs import listing
from jobs.models import Job, JobQuery, JobRecord, JobStatus
from jobs.queue.memory import MemoryQueueService
from jobs.repository import SqlAlchemyJobRepository
from jobs.store.owner import OwnedJobStore

BEGIN = datetime(2026, 1, 1)
JOBS = 95
KINDS = [JobStatus.COMPLETED, JobStatus.FAILED, JobStatus.COMPLETED, JobStatus.PENDING]


@pytest.fixture
def rows(session: Session) -> list[dict[str, object]]:
    """Jobs in the order of the list; five at a time were made at the same moment."""
    made = [
        {
            "job_id": uuid.uuid5(uuid.NAMESPACE_OID, str(number)),
            "status": KINDS[number % len(KINDS)],
            "pipeline_id": "yolo_ocr",
            "input_path": f"video_jobs/{number}.mp4",
            "created_at": BEGIN + timedelta(minutes=number // 5),
            "updated_at": BEGIN,
        }
        for number in range(JOBS)
    ]
    session.execute(insert(Job), made)
    session.commit()
    return sorted(made, key=lambda row: (row["created_at"], str(row["job_id"])), reverse=True)


def ids(jobs: list[JobRecord]) -> list[object]:
    return [job.job_id for job in jobs]


@pytest.mark.parametrize("status", [None, *JobStatus])
@pytest.mark.parametrize("prefix", ["", "1", "f"])
def test_pages_part_the_list(
    session: Session,
    rows: list[dict[str, object]],
    status: JobStatus | None,
    prefix: str,
) -> None:
    wanted = [
        row["job_id"]
        for row in rows
        if row["status"] == (status or row["status"]) and str(row["job_id"]).startswith(prefix)
    ]
    repository = SqlAlchemyJobRepository(session)
    pages = [
        listing.read_page(repository, JobQuery(status, prefix, number, size=7))
        for number in range(1, max(1, -(-len(wanted) // 7)) + 1)
    ]
    assert [job_id for page in pages for job_id in ids(page.jobs)] == wanted
    assert [page.number for page in pages] == list(range(1, len(pages) + 1))


def test_numbers_beside_the_page(session: Session, rows: list[dict[str, object]]) -> None:
    page = listing.read_page(SqlAlchemyJobRepository(session), JobQuery(JobStatus.FAILED, "a"))
    assert page.all == {
        JobStatus.PENDING: 23,
        JobStatus.RUNNING: 0,
        JobStatus.COMPLETED: 48,
        JobStatus.FAILED: 24,
    }
    matching = [row for row in rows if str(row["job_id"]).startswith("a")]
    assert page.matching == {
        status: sum(row["status"] is status for row in matching) for status in JobStatus
    }
    assert page.running is None


def test_a_page_beyond_the_last_is_the_last(session: Session, rows: list[object]) -> None:
    page = listing.read_page(SqlAlchemyJobRepository(session), JobQuery(number=10**12))
    assert (page.number, len(page.jobs)) == (2, JOBS - 50)


def test_an_empty_list_has_one_page(session: Session) -> None:
    page = listing.read_page(SqlAlchemyJobRepository(session), JobQuery(number=3))
    assert (page.number, page.jobs, sum(page.all.values())) == (1, [], 0)


def test_a_prefix_may_be_the_whole_id(session: Session, rows: list[dict[str, object]]) -> None:
    whole = rows[3]["job_id"]
    assert isinstance(whole, uuid.UUID)
    assert ids(
        listing.read_page(SqlAlchemyJobRepository(session), JobQuery(None, whole.hex)).jobs
    ) == [whole]


@pytest.mark.parametrize("prefix", ["g", "A", "1-", "'", "0" * 33, "%"])
def test_what_no_job_id_begins_with_is_refused(prefix: str) -> None:
    with pytest.raises(ValueError, match="hexadecimal"):
        JobQuery(None, prefix)


@pytest.mark.parametrize(("number", "size"), [(0, 50), (-1, 50), (1, 0), (1, 201)])
def test_pages_are_bounded(number: int, size: int) -> None:
    with pytest.raises(ValueError, match="1 to 200"):
        JobQuery(None, "", number, size)


def test_times_are_aware_and_the_running_job_is_named(engine: Engine) -> None:
    store = OwnedJobStore(engine, MemoryQueueService)
    job = store.submit(uuid.uuid4(), "yolo_ocr", "video_jobs/x.mp4")
    later = store.submit(uuid.uuid4(), "yolo_ocr", "video_jobs/y.mp4")
    running = store.claim()
    page = store.list_jobs(JobQuery(JobStatus.PENDING))
    assert page.jobs == [later]
    assert page.running == running == store.get(job.job_id)
    assert page.jobs[0].created_at.tzinfo is UTC
    store.close()
