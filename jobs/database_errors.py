"""DuckDB's errors in the words of jobs. It tells most of them apart by their text alone."""

from __future__ import annotations

import errno
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager

import duckdb
from sqlalchemy.exc import DBAPIError

from jobs.disk import DISK_FULL, NOT_ALLOWED, refused
from jobs.exceptions import (
    DatabaseDamaged,
    DatabaseInvalidated,
    DatabaseLocked,
    DatabaseUnusable,
    JobsError,
    StorageFull,
    StoreUnavailable,
)

logger = logging.getLogger(__name__)

DAMAGE = (
    "Corrupt database file",
    "Corrupt WAL file",
    "not a valid DuckDB database file",
    "Could not read enough bytes",
    "Failure while replaying WAL",
    os.strerror(errno.EISDIR),
)
# What DuckDB says of a database that it gave up before, as long as a connection to it is left.
EARLIER = "because of a previous fatal error"
NEWER = "Trying to read a database file with version number"


@contextmanager
def opening_errors() -> Iterator[None]:
    """What keeps the database from being opened."""
    try:
        yield
    except DBAPIError as error:
        problem = explained(error.orig, DatabaseUnusable)
        if isinstance(problem, DatabaseInvalidated) and EARLIER not in str(error.orig):
            problem = StorageFull() if no_room(str(error.orig)) else DatabaseUnusable()
        if not isinstance(problem, DatabaseLocked | DatabaseInvalidated):
            logger.error("The job database cannot be opened: %s", error.orig)
        raise problem from error
    except OSError as error:
        logger.error("The job database cannot be opened: %s", error)
        raise refused(error) from error


@contextmanager
def calling_errors() -> Iterator[None]:
    """What a call finds wrong with the database that is open."""
    try:
        yield
    except DBAPIError as error:
        raise explained(error.orig, StoreUnavailable) from error
    except duckdb.Error as error:
        raise explained(error, StoreUnavailable) from error


def explained(error: BaseException | None, default: type[StoreUnavailable]) -> JobsError:
    """The error that says what DuckDB's `error` means for the job store."""
    text = str(error)
    if isinstance(error, duckdb.FatalException):
        return DatabaseInvalidated()
    if "Could not set lock" in text:
        return DatabaseLocked()
    if no_room(text):
        return StorageFull()
    for number in NOT_ALLOWED:
        if os.strerror(number) in text:
            return refused(OSError(number, ""))
    if any(sign in text for sign in DAMAGE):
        return DatabaseDamaged()
    if NEWER in text:
        return DatabaseUnusable(
            "The job database was made by a newer version of DuckDB than this one can read. "
            "Run the version of ForgeSyte that made it, or a newer one."
        )
    return default()


def no_room(text: str) -> bool:
    """Whether an error's text says that the disk takes no more."""
    return any(os.strerror(number) in text for number in DISK_FULL)
