"""A copy of the database, for queries that bypass the owner."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from shutil import copyfile

from sqlalchemy import Engine

from jobs.database import ensure_schema, resolved, unchecked_engine
from jobs.exceptions import DatabaseUnusable, StorageFull
from jobs.repository import NO_CHECKPOINT_ON_CLOSE, log_of
from jobs.storage.local import DISK_FULL, disk_error

# DuckDB's main header and its two database headers. A checkpoint writes to free blocks, then to one
# of the headers, then truncates the WAL.
HEADER_BYTES = 3 * 4096
ATTEMPTS = 20


@contextmanager
def snapshot(database: Path) -> Iterator[Engine]:
    """An engine on a copy of the database; an empty one if it is missing.

    Other processes may write to the database meanwhile, but this one must not have it open:
    closing the file would release DuckDB's lock. Raises DatabaseUnusable, DatabaseDamaged or
    SchemaMismatch.
    """
    with tempfile.TemporaryDirectory(prefix="forgesyte-dbshell-") as folder:
        copy = Path(folder) / database.name
        _copy(resolved(database), copy)
        with unchecked_engine(copy, create=True) as engine:
            with engine.begin() as connection:
                connection.execute(NO_CHECKPOINT_ON_CLOSE)
                ensure_schema(connection, migrate=False)
            copy.unlink()  # DuckDB has it open; nothing is left if this process is killed
            try:
                yield engine
            finally:
                engine.dispose()


def _copy(database: Path, copy: Path) -> None:
    """Copy database and WAL. They are consistent if no checkpoint ended meanwhile.

    The WAL may end in the middle of a commit, as after a crash.
    """
    try:
        for _ in range(ATTEMPTS):
            before = _headers(database)
            for source in (database, log_of(database)):
                target = copy.with_name(source.name.replace(database.name, copy.name))
                target.unlink(missing_ok=True)
                with suppress(FileNotFoundError):
                    copyfile(source, target)
            if _headers(database) == before:
                return
    except OSError as error:
        if error.errno in DISK_FULL:
            raise StorageFull(
                f"There is no room for a copy of the job database in {tempfile.gettempdir()}. "
                "Make room, or set TMPDIR to a folder on another disk."
            ) from error
        raise disk_error(error) from error
    raise DatabaseUnusable("The job database changes too fast to be copied. Try again later.")


def _headers(database: Path) -> bytes:
    with suppress(FileNotFoundError), database.open("rb") as file:
        return file.read(HEADER_BYTES)
    return b""
