"""The owner's database when the disk is full: what was acknowledged stays, and it goes on."""

from __future__ import annotations

import resource
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from jobs.database import open_engine
from jobs.exceptions import DatabaseGone, StorageFull
from jobs.models import JobRecord, JobStatus
from jobs.queue.memory import MemoryQueueService
from jobs.repository import log_of
from jobs.store.owner import OwnedJobStore
from jobs.tests.conftest import claimed_in_order, new_job

# Room for the log and too little for a block of the database (256 KiB).
LOG_ONLY = 100_000


@contextmanager
def file_size_limit(size: int) -> Iterator[None]:
    """No file of this process grows beyond `size` bytes: a full disk for an ordinary user."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "jobs.duckdb"


@pytest.fixture
def owner(database: Path) -> Iterator[OwnedJobStore]:
    """A store that checkpoints after every few commits, however often it is opened."""
    opening = checkpointing(database, after="1KB")
    store = OwnedJobStore(opening(), MemoryQueueService, opening)
    yield store
    store.close()


def checkpointing(database: Path, after: str) -> Callable[[], Engine]:
    def opening() -> Engine:
        engine = open_engine(database)
        with engine.connect() as connection:
            connection.execute(text(f"SET wal_autocheckpoint = '{after}'"))
        return engine

    return opening


def submit(store: OwnedJobStore) -> uuid.UUID:
    return new_job(store).job_id


def submit_until_full(store: OwnedJobStore) -> list[uuid.UUID]:
    """The acknowledged ones before the first that was refused."""
    done = []
    for _ in range(20):
        try:
            done.append(submit(store))
        except StorageFull:
            return done
    raise AssertionError("the disk was never full")


def test_full_when_the_log_is_written(database: Path) -> None:
    store = OwnedJobStore(open_engine(database), MemoryQueueService)
    before = submit(store)
    with file_size_limit(log_of(database).stat().st_size):
        with pytest.raises(StorageFull):
            submit(store)
        assert store.get(before).status is JobStatus.PENDING
    after = submit(store)
    store.close()
    store = OwnedJobStore(open_engine(database), MemoryQueueService)
    assert claimed_in_order(store, 3) == [before, after, None]
    store.close()


def test_full_at_a_checkpoint(owner: OwnedJobStore) -> None:
    """DuckDB gives the database up; the owner opens it again, full as the disk is."""
    acknowledged = [submit(owner)]
    with file_size_limit(LOG_ONLY):
        acknowledged += submit_until_full(owner)
        for job_id in acknowledged:
            assert owner.get(job_id).status is JobStatus.PENDING
    acknowledged.append(submit(owner))
    assert claimed_in_order(owner, len(acknowledged) + 1) == [*acknowledged, None]


def test_running_job_is_still_held_after_a_reopening(owner: OwnedJobStore) -> None:
    submit(owner)
    job = owner.claim()
    assert job is not None
    with file_size_limit(LOG_ONLY):
        submit_until_full(owner)
    again = owner.claim()
    assert again is not None and again.job_id == job.job_id
    assert owner.complete(job.job_id, "results").status is JobStatus.COMPLETED


def test_waiting_claim_gets_what_is_submitted_after_a_reopening(database: Path) -> None:
    opening = checkpointing(database, after="1B")
    store = OwnedJobStore(opening(), MemoryQueueService, opening)
    claimed: list[JobRecord | None] = []
    waiting = threading.Thread(target=lambda: claimed.append(store.claim(60.0)))
    waiting.start()
    with file_size_limit(LOG_ONLY), pytest.raises(StorageFull):
        submit(store)
    job_id = submit(store)
    waiting.join(60.0)
    assert [job and job.job_id for job in claimed] == [job_id]
    store.close()


def test_full_when_the_database_is_made(database: Path) -> None:
    with file_size_limit(LOG_ONLY), pytest.raises(StorageFull):
        open_engine(database)
    assert not database.exists()
    open_engine(database).dispose()


def test_full_when_the_database_is_closed(database: Path) -> None:
    store = OwnedJobStore(open_engine(database), MemoryQueueService)
    acknowledged = [submit(store) for _ in range(5)]
    with file_size_limit(LOG_ONLY):
        store.close()
    store = OwnedJobStore(open_engine(database), MemoryQueueService)
    assert claimed_in_order(store, len(acknowledged)) == acknowledged
    store.close()


@pytest.mark.parametrize("replaced", [False, True])
def test_database_that_is_taken_away_while_it_is_open(
    database: Path, tmp_path: Path, replaced: bool
) -> None:
    """A row in a file that nobody finds again must not be acknowledged."""
    store = OwnedJobStore(open_engine(database), MemoryQueueService)
    job_id = submit(store)
    elsewhere = tmp_path / "elsewhere.duckdb"
    database.rename(elsewhere)
    log_of(database).rename(log_of(elsewhere))
    if replaced:
        open_engine(database).dispose()
    with pytest.raises(DatabaseGone, match="put it back"):
        submit(store)
    with pytest.raises(DatabaseGone):
        store.get(job_id)
    if not replaced:
        elsewhere.rename(database)
        log_of(elsewhere).rename(log_of(database))
        assert store.get(job_id).status is JobStatus.PENDING
    store.close()
