"""The job store as its owner keeps it: transitions, the queue, and calls that are repeated."""

from __future__ import annotations

import threading
import uuid

import pytest
from sqlalchemy import Engine

from jobs.exceptions import JobNotFound, StorageFull, StoreClosed, WrongTransition
from jobs.models import JobRecord, JobStatus
from jobs.queue.memory import MemoryQueueService
from jobs.store.owner import INTERRUPTED_ONCE, INTERRUPTED_TWICE, OwnedJobStore
from jobs.tests.conftest import new_job


def claim(store: OwnedJobStore) -> JobRecord:
    job = store.claim()
    assert job is not None
    return job


def test_submitted_job_is_pending_and_queued(owned: OwnedJobStore) -> None:
    job = new_job(owned)
    assert job.status is JobStatus.PENDING
    assert owned.get(job.job_id) == job
    assert owned.size() == 1


def test_submit_may_be_repeated(owned: OwnedJobStore) -> None:
    job = new_job(owned)
    assert owned.submit(job.job_id, job.pipeline_id, job.input_path) == job
    assert claim(owned).job_id == job.job_id
    owned.complete(job.job_id, "video_jobs/r.json")
    assert owned.claim() is None


def test_claim_takes_jobs_in_order(owned: OwnedJobStore) -> None:
    jobs = [new_job(owned) for _ in range(3)]
    for job in jobs:
        claimed = claim(owned)
        assert (claimed.job_id, claimed.status) == (job.job_id, JobStatus.RUNNING)
        owned.complete(job.job_id, "video_jobs/r.json")
    assert owned.claim() is None


def test_claim_answers_with_the_job_already_held(owned: OwnedJobStore) -> None:
    first, _ = new_job(owned), new_job(owned)
    assert claim(owned) == claim(owned)
    assert claim(owned).job_id == first.job_id


def test_claim_passes_over_ids_without_a_pending_row(owned: OwnedJobStore) -> None:
    owned.queue.enqueue(uuid.uuid4())
    job = new_job(owned)
    assert claim(owned).job_id == job.job_id


def test_claim_that_cannot_be_recorded_keeps_its_place_in_the_queue(
    owned: OwnedJobStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = new_job(owned)

    def full(job_id: uuid.UUID, worker: int) -> JobRecord:
        raise StorageFull

    with monkeypatch.context() as patch, pytest.raises(StorageFull):
        patch.setattr(owned, "_start", full)
        owned.claim()
    assert claim(owned).job_id == job.job_id


def test_complete_and_fail_may_be_repeated(owned: OwnedJobStore) -> None:
    new_job(owned), new_job(owned)
    done = claim(owned)
    first = owned.complete(done.job_id, "video_jobs/r.json")
    assert owned.complete(done.job_id, "video_jobs/r.json") == first
    assert (first.status, first.output_path) == (JobStatus.COMPLETED, "video_jobs/r.json")
    failed = claim(owned)
    assert owned.fail(failed.job_id, "Because.") == owned.fail(failed.job_id, "Because.")


@pytest.mark.parametrize("status", list(JobStatus))
def test_wrong_transitions_change_nothing(owned: OwnedJobStore, status: JobStatus) -> None:
    job = new_job(owned)
    if status is not JobStatus.PENDING:
        job = claim(owned)
    if status is JobStatus.COMPLETED:
        job = owned.complete(job.job_id, "video_jobs/r.json")
    if status is JobStatus.FAILED:
        job = owned.fail(job.job_id, "Because.")
    if status is not JobStatus.RUNNING:
        with pytest.raises(WrongTransition, match=status.value):
            owned.complete(job.job_id, "video_jobs/other.json")
        with pytest.raises(WrongTransition, match=status.value):
            owned.fail(job.job_id, "Another reason.")
    if status in (JobStatus.COMPLETED, JobStatus.FAILED):
        with pytest.raises(WrongTransition):
            owned.give_back(job.job_id)
    assert owned.get(job.job_id) == job


def test_only_finished_jobs_are_removed(owned: OwnedJobStore) -> None:
    finished, pending = new_job(owned), new_job(owned)
    claim(owned)
    owned.complete(finished.job_id, "video_jobs/r.json")
    owned.remove(finished.job_id)
    owned.remove(finished.job_id)  # it may be repeated
    with pytest.raises(JobNotFound):
        owned.get(finished.job_id)
    with pytest.raises(WrongTransition, match="pending"):
        owned.remove(pending.job_id)
    assert claim(owned).job_id == pending.job_id


def test_given_back_job_is_claimed_again(owned: OwnedJobStore) -> None:
    job = new_job(owned)
    claim(owned)
    given = owned.give_back(job.job_id)
    assert (given.status, given.error_message) == (JobStatus.PENDING, None)
    assert claim(owned).job_id == job.job_id


def test_starting_worker_gives_a_dead_ones_job_back_once(owned: OwnedJobStore) -> None:
    job, later = new_job(owned), new_job(owned)
    claim(owned)
    (interrupted,) = owned.start_worker()
    assert interrupted.job_id == job.job_id
    assert (interrupted.status, interrupted.error_message) == (JobStatus.PENDING, INTERRUPTED_ONCE)
    assert owned.start_worker() == []
    assert claim(owned).job_id == job.job_id
    (interrupted,) = owned.start_worker()
    assert (interrupted.status, interrupted.error_message) == (JobStatus.FAILED, INTERRUPTED_TWICE)
    assert claim(owned).job_id == later.job_id


def test_completion_after_an_interruption_clears_the_note(owned: OwnedJobStore) -> None:
    job = new_job(owned)
    claim(owned)
    owned.start_worker()
    claim(owned)
    assert owned.complete(job.job_id, "video_jobs/r.json").error_message is None


def test_new_owner_rebuilds_the_queue_in_order_of_submission(engine: Engine) -> None:
    before = OwnedJobStore(engine, MemoryQueueService)
    jobs = [new_job(before) for _ in range(5)]
    running = claim(before)
    after = OwnedJobStore(engine, MemoryQueueService)
    assert after.size() == 4
    assert claim(after) == running
    after.complete(running.job_id, "video_jobs/r.json")
    assert claim(after).job_id == jobs[1].job_id
    after.close()
    before.close()


def test_call_of_a_dead_worker_takes_nothing_from_the_next(owned: OwnedJobStore) -> None:
    stale: list[JobRecord | None] = []
    waiting = threading.Thread(target=lambda: stale.append(owned.claim(timeout=1)))
    waiting.start()
    owned.start_worker()
    job = new_job(owned)
    assert claim(owned).job_id == job.job_id
    waiting.join()
    assert stale == [None]


def test_claims_from_many_threads_run_each_job_once(owned: OwnedJobStore) -> None:
    jobs = [new_job(owned) for _ in range(40)]
    done: list[uuid.UUID] = []

    def work() -> None:
        while (job := owned.claim()) is not None:
            try:
                owned.complete(job.job_id, "video_jobs/r.json")
            except WrongTransition:
                continue
            done.append(job.job_id)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {job.job_id for job in jobs} == set(done)
    assert all(owned.get(job.job_id).status is JobStatus.COMPLETED for job in jobs)


def test_select_reads(owned: OwnedJobStore) -> None:
    job = new_job(owned)
    table = owned.select("SELECT job_id, status FROM jobs WHERE job_id = ?", [job.job_id])
    assert table.rows == [(job.job_id, "pending")]
    assert table.columns == [("job_id", "UUID"), ("status", "VARCHAR")]
    assert owned.select("SHOW TABLES").rows == [("alembic_version",), ("jobs",)]


@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM jobs",
        "UPDATE jobs SET status = 'failed'",
        "SELECT 1; DROP TABLE jobs",
        "DROP TABLE jobs",
        "COPY jobs TO 'out.csv'",
        "ATTACH 'other.duckdb'",
        "SET threads = 4",
        "SELECT * FROM read_csv('/etc/passwd')",
        "INSERT INTO jobs SELECT * FROM jobs RETURNING job_id",
        "WITH x AS (SELECT 1) DELETE FROM jobs",
        "SELEC 1",
        "",
    ],
)
def test_select_does_nothing_else(owned: OwnedJobStore, sql: str) -> None:
    job = new_job(owned)
    with pytest.raises(ValueError, match=r"\w"):
        owned.select(sql)
    assert owned.get(job.job_id) == job
    assert owned.select("SELECT 1").rows == [(1,)]


def test_closing_ends_a_claim_that_waits(engine: Engine) -> None:
    store = OwnedJobStore(engine, MemoryQueueService)
    errors: list[BaseException] = []

    def wait() -> None:
        try:
            store.claim(timeout=60)
        except StoreClosed as error:
            errors.append(error)

    waiting = threading.Thread(target=wait)
    waiting.start()
    store.close()
    waiting.join(timeout=30)
    assert [type(error) for error in errors] == [StoreClosed]


def test_closed_store_says_so(engine: Engine) -> None:
    store = OwnedJobStore(engine, MemoryQueueService)
    store.close()
    with pytest.raises(StoreClosed):
        store.get(uuid.uuid4())
    with pytest.raises(StoreClosed):
        new_job(store)
