"""`manage.py migrate` and `manage.py run_worker`, on an installation of their own."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from jobs import composition
from jobs.exceptions import AlreadyRunning
from jobs.locks import ProcessLock
from jobs.store.gateway import LOCK_NAME


@pytest.fixture
def database(data_folder: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file of the installation's database; not made yet."""
    database = data_folder / "data" / "jobs.duckdb"
    monkeypatch.setitem(settings.DATABASES["default"], "NAME", database)
    settings.JOB_STORE_TIMEOUT_S = 0.2
    return database


@pytest.fixture
def in_use(data_folder: Path) -> Iterator[ProcessLock]:
    """Another process owns the job store, and answers nobody."""
    lock = ProcessLock(data_folder / "run" / LOCK_NAME)
    assert lock.acquire()
    yield lock
    lock.release()


def migrate() -> str:
    out = StringIO()
    call_command("migrate", stdout=out)
    return out.getvalue()


def run_worker(**options: Any) -> str:
    out = StringIO()
    call_command("run_worker", stdout=out, **options)
    return out.getvalue()


def test_migrate_makes_the_database(database: Path) -> None:
    for _ in range(2):
        assert migrate() == "The job database is up to date.\n"
        assert database.exists()
    composition.job_store().join()


def test_migrate_is_refused_while_the_store_is_in_use(database: Path, in_use: ProcessLock) -> None:
    with pytest.raises(
        CommandError, match=f"in use by process {os.getpid()}. Stop `serve`.* Data folder: /"
    ):
        migrate()
    with pytest.raises(AlreadyRunning), composition.exclusive_engine():
        pass
    assert not database.exists()
    in_use.release()
    migrate()


def test_lock_is_free_after_an_error(database: Path, data_folder: Path) -> None:
    with pytest.raises(ZeroDivisionError), composition.exclusive_engine():
        raise ZeroDivisionError
    lock = ProcessLock(data_folder / "run" / LOCK_NAME)
    assert lock.acquire()
    lock.release()


@pytest.mark.parametrize("number", [0, -1])
def test_worker_wants_at_least_one_job(database: Path, number: int) -> None:
    with pytest.raises(CommandError, match=r"^--max-jobs must be at least 1\.$"):
        run_worker(max_jobs=number)


def test_second_worker_is_refused(database: Path, data_folder: Path) -> None:
    first = ProcessLock(data_folder / "run" / "worker.lock")
    assert first.acquire()
    with pytest.raises(
        CommandError,
        match=rf"^A worker \(PID {os.getpid()}\) is already running; .* folder: {data_folder}$",
    ):
        run_worker(once=True)
    first.release()


def test_worker_without_a_store_ends_with_its_reason(
    database: Path, in_use: ProcessLock, data_folder: Path
) -> None:
    with pytest.raises(CommandError, match="The job store is not responding"):
        run_worker(once=True)
    lock = ProcessLock(data_folder / "run" / "worker.lock")
    assert lock.acquire()
    lock.release()


def test_worker_finds_no_job_and_leaves_nothing_behind(database: Path, data_folder: Path) -> None:
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    said = run_worker(once=True)
    assert said == "No job is waiting.\n"
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before
    for name in ("worker.lock", LOCK_NAME):
        lock = ProcessLock(data_folder / "run" / name)
        assert lock.acquire()
        lock.release()


def test_worker_beside_the_main_thread_leaves_signals_alone(database: Path) -> None:
    said: list[str] = []
    thread = threading.Thread(target=lambda: said.append(run_worker(once=True)))
    thread.start()
    thread.join()
    assert said and said[0].endswith("No job is waiting.\n")
