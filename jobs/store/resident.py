"""The database in the process that owns it: always open, one writer at a time."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar
from uuid import UUID

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from jobs.exceptions import (
    DatabaseDamaged,
    DatabaseGone,
    DatabaseInvalidated,
    StorageFull,
    StoreClosed,
    StoreUnavailable,
)
from jobs.models import FINAL, JobRecord
from jobs.repository import (
    NO_CHECKPOINT_ON_CLOSE,
    PreparedLookUp,
    SqlAlchemyJobRepository,
    log_of,
    no_room,
    translated_errors,
)
from jobs.storage.local import disk_errors, fsync, make_files_private
from jobs.store.base import DEADLINE, Table
from jobs.store.query import select_rows

logger = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")
Rows = SqlAlchemyJobRepository

# The most recently changed or read jobs: about 10 MB.
CACHED_JOBS = 10_000
# Reopening waits so long for other threads to close their connections.
REOPEN_S, REOPEN_PAUSE_S = 2.0, 0.01
# Closing waits so long for the current write.
CLOSE_S = 5.0


def _retried(
    operation: Callable[Concatenate[ResidentDatabase, P], T],
) -> Callable[Concatenate[ResidentDatabase, P], T]:
    """Retry once if DuckDB invalidated the database, then raise StorageFull or StoreUnavailable."""

    def retried(database: ResidentDatabase, /, *args: P.args, **options: P.kwargs) -> T:
        try:
            return operation(database, *args, **options)
        except DatabaseInvalidated as error:
            logger.error("Opening the job database again. %s", error.__cause__ or "")
            database._reopen()
        try:
            return operation(database, *args, **options)
        except DatabaseInvalidated as error:
            full = no_room(str(error.__cause__))
            raise (StorageFull() if full else StoreUnavailable()) from error

    return retried


class ResidentDatabase:
    """Transactions on one engine.

    Writes are serialized, because DuckDB refuses concurrent writes of a row. An anchor connection
    keeps the database open, since the engine's pool closes idle connections.

    DuckDB invalidates a database when a checkpoint fails, mostly on a full disk. Earlier commits
    are safe on disk, so the database is reopened with `open_engine`, `reopened` is called, and the
    operation is retried once.
    """

    def __init__(
        self, engine: Engine, open_engine: Callable[[], Engine], reopened: Callable[[Rows], None]
    ) -> None:
        self._open_engine = open_engine
        self._reopened = reopened
        self._write_lock = threading.Lock()
        self._lookup_lock = threading.Lock()
        self._invalidated: Engine | None = None
        self._closed = False
        self._attach(engine)

    def close(self) -> None:
        """Close the database after the current write."""
        self._closed = True
        acquired = self._write_lock.acquire(timeout=CLOSE_S)
        self._detach()
        if acquired:
            self._write_lock.release()

    @_retried
    def check(self) -> None:
        """Raise if the database cannot be used, or its file was removed or replaced."""
        self._check()

    @_retried
    def read(self, work: Callable[[Rows], T]) -> T:
        """Call `work` in a transaction that is rolled back; returns its result."""
        with self._using() as engine, Session(engine) as session:
            return work(Rows(session))

    @_retried
    def write(self, work: Callable[[Rows], T], committed: Callable[[Rows], None]) -> T:
        """Call `work` in a transaction and commit it; returns its result.

        `committed` is called after the commit, before any other write. If the log then cannot be
        fsynced, this raises although the transaction is committed.
        """
        with _acquired(self._write_lock):
            with self._using() as engine, Session(engine) as session:
                rows = Rows(session)
                result = work(rows)
                session.commit()
                with self._lookup_lock:  # a lookup may be about to cache an old row
                    self._cache_jobs(*rows.changed.values())
                    for job_id in rows.removed:
                        self._cache.pop(job_id, None)
                committed(rows)
            self._sync_log()
        return result

    @_retried
    def look_up(self, job_id: UUID) -> JobRecord:
        """The job in its last committed state; raises JobNotFound."""
        self._check()
        cached = self._cache.get(job_id)
        if cached is not None:
            return cached
        with _acquired(self._lookup_lock), self._using():
            job = self._prepared.get(job_id)
            if job.status in FINAL:  # the commits of other changes cache them
                self._cache_jobs(job)
        return job

    @_retried
    def select(self, sql: str, parameters: Sequence[Any]) -> Table:
        """Run a read-only statement; raises ValueError for any other."""
        with self._using() as engine:
            return select_rows(engine, sql, parameters)

    def _cache_jobs(self, *jobs: JobRecord) -> None:
        self._cache.update({job.job_id: job for job in jobs})
        while len(self._cache) > CACHED_JOBS:
            del self._cache[next(iter(self._cache))]

    def _check(self) -> None:
        if self._closed:
            raise StoreClosed
        if self._invalidated is self._engine:
            raise DatabaseInvalidated
        if self._file is not None and _identity(self._file) != self._opened:
            raise DatabaseGone

    @contextmanager
    def _using(self) -> Iterator[Engine]:
        """The engine; DuckDB's errors are translated."""
        self._check()
        engine = self._engine
        try:
            with translated_errors():
                yield engine
        except DatabaseInvalidated:
            self._invalidated = engine
            raise
        except DatabaseDamaged:
            with suppress(DBAPIError), engine.connect() as connection:
                connection.execute(NO_CHECKPOINT_ON_CLOSE)
            raise

    def _reopen(self) -> None:
        """Raises what `open_engine` raises; the next call tries again."""
        with _acquired(self._write_lock):
            if self._closed or self._invalidated is not self._engine:
                return
            self._detach()
            deadline = time.monotonic() + REOPEN_S
            while True:
                try:
                    self._attach(self._open_engine())
                    break
                except DatabaseInvalidated:
                    # Another thread still has a connection to the invalidated database.
                    if time.monotonic() > deadline:
                        raise
                    time.sleep(REOPEN_PAUSE_S)
            with self._using() as current, Session(current) as session:
                self._reopened(Rows(session))

    def _attach(self, engine: Engine) -> None:
        with translated_errors():
            self._anchor = engine.connect()
            self._prepared = PreparedLookUp(self._anchor)
        self._cache: dict[UUID, JobRecord] = {}
        self._engine = engine
        name = engine.url.database or ":memory:"
        self._file = None if name.startswith(":memory:") else Path(name)
        self._opened = None if self._file is None else _identity(self._file)
        self._log = None if self._file is None else log_of(self._file)
        self._synced_log: tuple[int, int] | None = None

    def _detach(self) -> None:
        with self._lookup_lock, suppress(DBAPIError):
            self._anchor.invalidate()
        with suppress(DBAPIError):
            self._anchor.close()
        self._engine.dispose()

    def _sync_log(self) -> None:
        """Make a new WAL private and fsync its folder: DuckDB fsyncs the file only."""
        if self._log is None:
            return
        log = _identity(self._log)
        if log is not None and log != self._synced_log:
            with disk_errors():
                make_files_private(self._log)
                fsync(self._log.parent)
            self._synced_log = log


@contextmanager
def _acquired(lock: threading.Lock) -> Iterator[None]:
    seconds = DEADLINE.get() - time.monotonic()
    if not lock.acquire(timeout=min(max(0.0, seconds), threading.TIMEOUT_MAX)):
        raise StoreUnavailable
    try:
        yield
    finally:
        lock.release()


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = os.stat(path)  # noqa: PTH116 - twice as fast as Path's, and every call needs it
    except OSError:
        return None
    return found.st_dev, found.st_ino
