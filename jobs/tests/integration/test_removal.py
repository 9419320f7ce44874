"""`manage.py remove_jobs`: what it removes, and what it leaves alone."""

from __future__ import annotations

import io
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from sqlalchemy import text

from jobs.exceptions import JobNotFound
from jobs.management.commands import remove_jobs
from jobs.models import JobRecord, JobStatus
from jobs.storage.names import NAMES, video_name
from jobs.store.base import JobStore
from jobs.store.gateway import JobStoreGateway
from jobs.tests.conftest import owner_of

JobIn = Callable[[JobStatus], JobRecord]


@pytest.fixture(autouse=True)
def kept_open(store: JobStore) -> Iterator[None]:
    """The command closes its process's way to the store; here the test goes on using it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(store, "close", lambda: None)
        yield


def names_of(job_id: uuid.UUID) -> list[str]:
    return [name(job_id) for name in NAMES]


def remove(*arguments: str) -> str:
    out = io.StringIO()
    call_command("remove_jobs", *arguments, stdout=out)
    return out.getvalue()


def with_files(folder: Path, job: JobRecord) -> JobRecord:
    for name in names_of(job.job_id):
        (folder / name).write_bytes(b"[]")
    return job


def files(folder: Path) -> list[str]:
    return sorted(str(p.relative_to(folder)) for p in (folder / "video_jobs").rglob("*"))


def is_gone(store: JobStore, folder: Path, job: JobRecord) -> bool:
    assert not any((folder / name).exists() for name in names_of(job.job_id))
    with pytest.raises(JobNotFound):
        store.get(job.job_id)
    return True


def test_finished_jobs_go_and_all_others_stay(
    job_in: JobIn, store: JobStore, data_folder: Path
) -> None:
    done, failed = job_in(JobStatus.COMPLETED), job_in(JobStatus.FAILED)
    running, pending = job_in(JobStatus.RUNNING), job_in(JobStatus.PENDING)
    for job in (done, failed):
        with_files(data_folder, job)
    said = remove("--older-than", "0", "--yes")
    assert said.startswith("Removed 2 jobs with videos and results (24")
    assert str(data_folder) in said
    assert is_gone(store, data_folder, done) and is_gone(store, data_folder, failed)
    for job in (running, pending):
        assert store.get(job.job_id) == job
        assert (data_folder / job.input_path).exists()
    assert remove("--older-than", "0", "--yes") == "No finished job matches.\n"


def test_by_id_and_by_status(job_in: JobIn, store: JobStore, data_folder: Path) -> None:
    jobs = [job_in(JobStatus.COMPLETED) for _ in range(2)] + [job_in(JobStatus.FAILED)]
    remove(str(jobs[0].job_id), "--yes")
    assert is_gone(store, data_folder, jobs[0])
    assert store.get(jobs[1].job_id) == jobs[1]
    remove("--status", "failed", "--yes")
    assert is_gone(store, data_folder, jobs[2])
    assert store.get(jobs[1].job_id) == jobs[1]


def test_by_age(job_in: JobIn, store: JobStoreGateway, data_folder: Path) -> None:
    old, new = job_in(JobStatus.COMPLETED), job_in(JobStatus.COMPLETED)
    with owner_of(store)._database._engine.begin() as connection:
        ten_days_ago = (
            "UPDATE jobs SET updated_at = updated_at - INTERVAL 10 DAY WHERE job_id = :id"
        )
        connection.execute(text(ten_days_ago), {"id": old.job_id})
    assert "No finished job" in remove("--older-than", "11", "--yes")
    remove("--older-than", "9.5", "--yes")
    assert is_gone(store, data_folder, old)
    assert store.get(new.job_id) == new


def test_results_may_be_kept(job_in: JobIn, store: JobStore, data_folder: Path) -> None:
    job = with_files(data_folder, job_in(JobStatus.COMPLETED))
    said = remove(str(job.job_id), "--keep-results", "--yes")
    assert said.startswith("Removed the videos of 1 job (2")
    assert store.get(job.job_id) == job
    left = [name for name in names_of(job.job_id) if (data_folder / name).exists()]
    assert left == [name for name in names_of(job.job_id) if name != video_name(job.job_id)]


@pytest.mark.parametrize(("answer", "gone"), [("y", True), ("", False), ("n", False)])
def test_it_asks(
    job_in: JobIn, store: JobStore, monkeypatch: pytest.MonkeyPatch, answer: str, gone: bool
) -> None:
    job = job_in(JobStatus.COMPLETED)
    asked: list[str] = []

    def typed(prompt: str) -> str:
        asked.append(prompt)
        return answer

    monkeypatch.setattr("builtins.input", typed)
    if gone:
        remove("--status", "completed")
    else:
        with pytest.raises(CommandError, match="Nothing was removed"):
            remove("--status", "completed")
    assert asked[0].startswith("Remove 1 job with videos and results (")
    assert store.select("SELECT job_id FROM jobs").rows == ([] if gone else [(job.job_id,)])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "Choose jobs"),
        (["--older-than", "-1"], "number of days"),
        (["--older-than", "nan"], "number of days"),
        ([str(uuid.UUID(int=1)), "--yes"], "no job with this ID"),
    ],
)
def test_wrong_words_are_refused(arguments: list[str], message: str) -> None:
    with pytest.raises(CommandError, match=message):
        remove(*arguments)


def test_unfinished_job_is_refused(job_in: JobIn, store: JobStore) -> None:
    done, running = job_in(JobStatus.COMPLETED), job_in(JobStatus.RUNNING)
    with pytest.raises(CommandError, match=f"Job {running.job_id} is running. Only completed"):
        remove(str(done.job_id), str(running.job_id), "--yes")
    assert store.get(done.job_id) == done


def test_nothing_foreign_is_touched(
    job_in: JobIn, store: JobStore, data_folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Files of others beside the job's, and links in the place of its files."""
    job = job_in(JobStatus.COMPLETED)
    outside = tmp_path_factory.mktemp("outside")
    (outside / "thesis.txt").write_text("mine")
    folder = data_folder / "video_jobs"
    foreign = ["thesis.txt", f"{job.job_id}.mp4.bak", f"x{job.job_id}.mp4", f"{uuid.uuid4()}.mp4"]
    for name in foreign:
        (folder / name).write_text("mine")
    results, _, _, run, _, _ = names_of(job.job_id)
    (data_folder / results).symlink_to(outside / "thesis.txt")
    (data_folder / run).mkdir()
    (data_folder / run / "thesis.txt").write_text("mine")
    with pytest.raises(CommandError, match=r"Is a directory"):
        remove(str(job.job_id), "--yes")
    (data_folder / run / "thesis.txt").rename(folder / "other.txt")
    (data_folder / run).rmdir()
    remove(str(job.job_id), "--yes")
    assert is_gone(store, data_folder, job)
    assert files(data_folder) == sorted(f"video_jobs/{name}" for name in [*foreign, "other.txt"])
    assert (outside / "thesis.txt").read_text() == "mine"


def test_interrupted_removal_is_finished(
    job_in: JobIn, store: JobStore, data_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = with_files(data_folder, job_in(JobStatus.COMPLETED))
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(type(store), "remove", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        remove(str(job.job_id), "--yes")
    assert store.get(job.job_id) == job
    remove(str(job.job_id), "--yes")
    assert is_gone(store, data_folder, job)


def test_many_jobs_are_read_in_batches(
    job_in: JobIn, store: JobStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remove_jobs, "BATCH", 2)
    jobs = [job_in(JobStatus.COMPLETED) for _ in range(5)]
    found = remove_jobs.selected([], [JobStatus.COMPLETED], datetime.now(UTC))
    assert list(found) == [job.job_id for job in jobs]
    assert remove("--status", "completed", "--yes").startswith("Removed 5 jobs")
    assert store.select("SELECT count(*) FROM jobs").rows == [(0,)]
