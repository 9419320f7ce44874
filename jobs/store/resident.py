"""The database as its owner keeps it: open all the time, written by one thread at a time."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from uuid import UUID

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from jobs.database_errors import calling_errors
from jobs.database_file import leave_as_it_is, log_of
from jobs.disk import disk_errors, fsync
from jobs.exceptions import DatabaseDamaged, DatabaseGone, DatabaseInvalidated, StoreClosed
from jobs.models import JobRecord
from jobs.repository import SqlAlchemyJobRepository
from jobs.store.lookup import JobLookUp
from jobs.store.recent import RecentJobs

# How long a reopening waits for other threads to let go of what DuckDB has given up.
REOPEN_S = 2.0
REOPEN_PAUSE_S = 0.01


class ResidentDatabase:
    """Transactions on one engine.

    Writes are serialised because DuckDB refuses concurrent ones of the same row. The engine's
    pool would close idle connections: one anchor connection keeps the database open.

    DuckDB gives a database up ("invalidated") when it fails in the middle of a checkpoint, for
    want of room above all. What was committed before is safe on the disk: `reopen` goes on
    from there.
    """

    def __init__(self, engine: Engine, open_engine: Callable[[], Engine]) -> None:
        self.writing = threading.RLock()
        self._looking_up = threading.Lock()
        self._open_engine = open_engine
        self._given_up: Engine | None = None
        self._closed = False
        self._hold(engine)

    def close(self) -> None:
        """Finish the write in hand and close the database."""
        with self.writing:
            self._closed = True
            self._let_go()

    def check(self) -> None:
        """Raise unless the database can be used and its file is the one that was opened."""
        if self._closed:
            raise StoreClosed
        if self._given_up is self._engine:
            raise DatabaseInvalidated
        if self._file is not None and _identity(self._file) != self._opened:
            raise DatabaseGone

    @contextmanager
    def using(self) -> Iterator[Engine]:
        """The engine, with DuckDB's errors in the store's own words."""
        self.check()
        engine = self._engine
        try:
            with calling_errors():
                yield engine
        except DatabaseInvalidated:
            self._given_up = engine
            raise
        except DatabaseDamaged:
            with suppress(DBAPIError), engine.connect() as connection:
                leave_as_it_is(connection)
            raise

    def look_up(self, job_id: UUID) -> JobRecord:
        """The job as it was committed last; raises JobNotFound."""
        self.check()
        recent = self._recent
        job = recent.get(job_id)
        if job is None:
            with self._looking_up, self.using():
                job = self._look_up.get(job_id)
            recent.read(job)
        return job

    @contextmanager
    def rows(self) -> Iterator[SqlAlchemyJobRepository]:
        """A transaction that is rolled back."""
        with self.using() as engine, Session(engine) as session:
            yield SqlAlchemyJobRepository(session)

    @contextmanager
    def writes(self) -> Iterator[SqlAlchemyJobRepository]:
        """A transaction, alone in writing, that is committed unless an error leaves it."""
        with self.writing:
            with self.using() as engine, Session(engine) as session, session.begin():
                rows = SqlAlchemyJobRepository(session)
                yield rows
                self._recent.forget(rows.changed)
            self._settle()
            self._recent.committed(rows.changed.values())

    def reopen(self) -> bool:
        """Open the database again if DuckDB has given it up; False if it is in order.

        Raises what `open_engine` raises; the next call may try again.
        """
        with self.writing:
            if self._closed or self._given_up is not self._engine:
                return False
            self._let_go()
            deadline = time.monotonic() + REOPEN_S
            while True:
                try:
                    self._hold(self._open_engine())
                    return True
                except DatabaseInvalidated:
                    # Another thread still has a connection to it; it is told the same.
                    if time.monotonic() > deadline:
                        raise
                    time.sleep(REOPEN_PAUSE_S)

    def _hold(self, engine: Engine) -> None:
        with calling_errors():
            self._anchor = engine.connect()
            self._look_up = JobLookUp(self._anchor)
            self._recent = RecentJobs()
        self._engine = engine
        name = engine.url.database or ":memory:"
        self._file = None if name.startswith(":memory:") else Path(name)
        self._opened = None if self._file is None else _identity(self._file)
        self._settled: tuple[int, int] | None = None

    def _let_go(self) -> None:
        with self._looking_up, suppress(DBAPIError):
            self._anchor.invalidate()
        with suppress(DBAPIError):
            self._anchor.close()
        self._engine.dispose()

    def _settle(self) -> None:
        """Make the name of a new log last: DuckDB brings its content to the disk, not its name."""
        if self._file is None:
            return
        log = _identity(log_of(self._file))
        if log is not None and log != self._settled:
            with disk_errors():
                fsync(self._file.parent)
            self._settled = log


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = os.stat(path)  # noqa: PTH116 - twice as fast as Path's, and on every call's way
    except OSError:
        return None
    return found.st_dev, found.st_ino
