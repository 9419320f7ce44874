"""The database's file and its log: refused when they are damaged, and then left as they are."""

from __future__ import annotations

import logging
from contextlib import suppress
from pathlib import Path

from sqlalchemy import Connection, text

from jobs.disk import PRIVATE_FILE
from jobs.exceptions import DatabaseDamaged, DatabaseUnusable

logger = logging.getLogger(__name__)

# DuckDB's main header: a checksum of 8 bytes, then the magic bytes.
MAGIC_OFFSET, MAGIC = 8, b"DUCK"
# A log of DuckDB begins with the entry for its version: field 100 holds its type, which is 98.
LOG_START = bytes.fromhex("6400626500")
LOG_HEAD_BYTES = 4096


def log_of(database: Path) -> Path:
    """DuckDB's write-ahead log beside the database."""
    return database.with_name(f"{database.name}.wal")


def resolved(database: Path) -> Path:
    """Where the database really is: DuckDB keeps its log there, not beside a link to it.

    Raises DatabaseUnusable for a link that leads nowhere. Its disk may not be mounted, and an
    empty database must not take its place.
    """
    if database.is_symlink() and not database.exists():
        raise DatabaseUnusable(
            f"{database.name} is a symbolic link to a file that is not there. Mount the disk that "
            "it is on, or remove the link to start with an empty database."
        )
    return database.resolve()


def make_files_private(database: Path) -> None:
    """Let only this user read the database and its log, if the files are this user's."""
    for path in (database, log_of(database)):
        with suppress(PermissionError, FileNotFoundError):
            path.chmod(PRIVATE_FILE)


def check_file(database: Path) -> None:
    """Refuse what is no database, before DuckDB sees it: it takes some of that for an empty one.

    Call it only while this process does not have the file open: closing a handle to it frees
    DuckDB's lock. Raises DatabaseDamaged, OSError.
    """
    log = log_of(database)
    if not database.exists():
        if log.exists():
            raise DatabaseUnusable(
                f"{database.name} is missing but its log {log.name} is there. "
                "Put the database back, or remove the log to start with an empty one."
            )
        return
    with database.open("rb") as file:
        if file.read(MAGIC_OFFSET + len(MAGIC))[MAGIC_OFFSET:] != MAGIC:
            raise _damaged(f"{database} is no DuckDB database")
    if not log.exists():
        return
    with log.open("rb") as file:
        head = file.read(LOG_HEAD_BYTES)
    # DuckDB drops a log whose first entry it cannot read, as it does with one that a power cut
    # left before anything in it was committed: cut short, or zeros.
    if not (LOG_START.startswith(head[: len(LOG_START)]) or not any(head)):
        raise _damaged(f"{log} is no log of DuckDB")


def check_content(connection: Connection) -> None:
    """Read every job, so that a damaged block is found now (0.3 s for 1,000,000 jobs)."""
    connection.execute(text("SELECT bit_xor(hash(COLUMNS(*))) FROM jobs"))


def leave_as_it_is(connection: Connection) -> None:
    """Closing the database will write nothing to its file."""
    connection.execute(text("PRAGMA disable_checkpoint_on_shutdown"))


def tidy_when_closed(connection: Connection) -> None:
    """Closing the database will bring its log into its file, as DuckDB does unless told not to."""
    connection.execute(text("PRAGMA enable_checkpoint_on_shutdown"))


def _damaged(reason: str) -> DatabaseDamaged:
    logger.error("The job database cannot be opened: %s", reason)
    return DatabaseDamaged()
