"""Builds the job store and the storage from the settings; run_worker builds the worker."""

from __future__ import annotations

import atexit
import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string
from sqlalchemy import Engine

from jobs.database import open_engine, unchecked_engine
from jobs.exceptions import StoredFileMissing
from jobs.locks import only_one
from jobs.queue.base import QueueService
from jobs.storage.base import StorageService
from jobs.storage.local import disk_errors, make_folder, make_private
from jobs.store.gateway import LOCK_NAME, JobStoreGateway
from jobs.store.owner import OwnedJobStore
from jobs.store.snapshot import snapshot

_abandoned: list[JobStoreGateway] = []


@cache
def job_store() -> JobStoreGateway:
    """The job store of this installation; opens nothing before the first call."""
    store = JobStoreGateway(run_folder(), _open_store, timeout=settings.JOB_STORE_TIMEOUT_S)
    atexit.register(store.close)
    return store


@cache
def storage() -> StorageService:
    """The storage of uploads and results."""
    service: StorageService = _configured(settings.JOB_STORAGE)
    return service


def stored_size(path: str) -> int | None:
    """The size of a stored file in bytes; None if it is missing."""
    try:
        return storage().load_file(path).lstat().st_size
    except (StoredFileMissing, FileNotFoundError):
        return None


def data_folder() -> Path:
    """The folder for everything that the installation writes."""
    folder: Path = settings.DATA_DIR
    return folder


def run_folder() -> Path:
    """Locks, socket and key of the running processes."""
    return data_folder() / "run"


@cache
def temp_folder() -> Path:
    """Files being written, on the same disk as the storage, so that saving is a rename."""
    folder = data_folder() / "tmp"
    with disk_errors():
        make_folder(folder)
    return folder


def migrate() -> None:
    """Migrate the schema; raises AlreadyRunning if another process owns the store."""
    with _exclusively():
        open_engine(_database(), migrate=True).dispose()


@contextmanager
def exclusive_engine() -> Iterator[Engine]:
    """Exclusive access to the database with any schema, for Alembic's own commands.

    Raises AlreadyRunning with the owner's PID if the job store is in use.
    """
    with _exclusively(), unchecked_engine(_database()) as engine:
        try:
            yield engine
        finally:
            engine.dispose()


def snapshot_engine() -> AbstractContextManager[Engine]:
    """An engine on a copy of the database, for a process that does not own the job store."""
    return snapshot(Path(str(settings.DATABASES["default"]["NAME"])))


def _exclusively() -> AbstractContextManager[None]:
    return only_one(
        run_folder() / LOCK_NAME,
        "The job store is in use by process {pid}. Stop `serve` and `run_worker` "
        "(or whatever that process is) first, then run this again.",
    )


def _open_store() -> OwnedJobStore:
    make_private(data_folder())
    return OwnedJobStore(open_engine(_database()), _queue, lambda: open_engine(_database()))


def _queue() -> QueueService:
    service: QueueService = _configured(settings.JOB_QUEUE)
    return service


def _database() -> Path | str:
    name = str(settings.DATABASES["default"]["NAME"])
    return name if name.startswith(":memory:") else Path(name)


def _configured(choice: dict[str, Any]) -> Any:
    """An instance of the class named in a setting, as in Django's STORAGES."""
    return import_string(choice["BACKEND"])(**choice.get("OPTIONS", {}))


def _after_fork() -> None:
    """A forked child must not touch the parent's database; it becomes a client.

    The inherited gateway is kept alive, since closing its engine would write to the file.
    """
    if job_store.cache_info().currsize:
        inherited = job_store()
        inherited.abandon()
        _abandoned.append(inherited)
        job_store.cache_clear()


os.register_at_fork(after_in_child=_after_fork)
