"""Opens the DuckDB file of the job store, checks it and migrates its schema.

Only the owner of the job store (jobs/store) may call `open_engine` on a file, and only once: DuckDB
lets one process write a file, and opening it per request was measured to lose committed rows.
Damaged files are rejected and left unchanged.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb_engine
from alembic import command
from alembic.config import Config
from alembic.ddl.impl import DefaultImpl
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import URL, Connection, Engine, create_engine, text
from sqlalchemy.dialects import registry
from sqlalchemy.exc import DBAPIError

from jobs.exceptions import (
    DatabaseDamaged,
    DatabaseInvalidated,
    DatabaseLocked,
    DatabaseUnusable,
    SchemaMismatch,
    StorageFull,
)
from jobs.repository import NO_CHECKPOINT_ON_CLOSE, log_of, no_room, translated
from jobs.storage.local import disk_error, fsync, make_files_private, make_folder
from jobs.storage.names import VIDEOS

logger = logging.getLogger(__name__)

NEW_BESIDE_OLD_VIDEOS = (
    "The job database is missing although there are videos of earlier jobs. A new, empty one was "
    "created. If you still have the old %s, stop ForgeSyte and put it back."
)
ALEMBIC_FOLDER = Path(__file__).parent / "alembic"
# threads: job rows are tiny, and DuckDB's pool would take cores from the pipeline.
# wal_autocheckpoint: DuckDB replays about 2 MB of WAL per second, which delays a failover; the
# default of 16 MB could take 8 s.
# enable_external_access: statements must not read or write other files.
DUCKDB_CONFIG = {
    "threads": 1,
    "wal_autocheckpoint": "1MiB",
    "enable_external_access": False,
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
}
# DuckDB's main header: a checksum of 8 bytes, then the magic bytes.
MAGIC_OFFSET, MAGIC = 8, b"DUCK"
# A DuckDB WAL starts with its version entry: field 100 is the type, 98.
LOG_START = bytes.fromhex("6400626500")
LOG_HEAD_BYTES = 4096


class JobsDialect(duckdb_engine.Dialect):  # type: ignore[misc]
    """duckdb-engine's dialect with SQLAlchemy's statement cache: inserts take a third less time."""

    supports_statement_cache = True


class DuckDBImpl(DefaultImpl):
    """Alembic's default DDL works for DuckDB."""

    __dialect__ = "duckdb"


registry.register("duckdb", __name__, JobsDialect.__name__)


def open_engine(database: Path | str, *, migrate: bool = False) -> Engine:
    """Open the database, creating it if it is missing, and check its schema and content.

    `database` is a file, or `:memory:NAME` for a database that lives as long as the engine.
    `migrate` upgrades an older schema, which raises SchemaMismatch otherwise. Raises
    DatabaseUnusable if the file cannot be opened, DatabaseDamaged, and StorageFull if it cannot be
    created.
    """
    with unchecked_engine(database, create=True) as engine:
        with engine.begin() as connection:
            connection.execute(NO_CHECKPOINT_ON_CLOSE)
            ensure_schema(connection, migrate=migrate)
            # Read every job to find damaged blocks now (0.3 s for 1,000,000 jobs).
            connection.execute(text("SELECT bit_xor(hash(COLUMNS(*))) FROM jobs"))
        with engine.begin() as connection:
            connection.execute(text("PRAGMA enable_checkpoint_on_shutdown"))
        return engine


@contextmanager
def unchecked_engine(database: Path | str, *, create: bool = False) -> Iterator[Engine]:
    """An engine on the database with any schema; disposed only if the block raises.

    DuckDB's errors and OSError become JobsError.
    """
    try:
        if isinstance(database, Path):
            database = resolved(database)
            _check_file(database)
            if create:
                _create_if_missing(database)
                make_files_private(database, log_of(database))
        engine = _engine(database)
        try:
            yield engine
        except BaseException:
            engine.dispose()
            raise
    except DBAPIError as error:
        problem = translated(error.orig, DatabaseUnusable)
        # "previous": another connection has already reported the failure.
        if isinstance(problem, DatabaseInvalidated) and "previous fatal error" not in str(error):
            problem = StorageFull() if no_room(str(error.orig)) else DatabaseUnusable()
        if not isinstance(problem, DatabaseLocked | DatabaseInvalidated):
            logger.error("The job database cannot be opened: %s", error.orig)
        raise problem from error
    except OSError as error:
        logger.error("The job database cannot be opened: %s", error)
        raise disk_error(error) from error


def alembic_config(connection: Connection | None = None) -> Config:
    """Alembic's configuration for calls from code; pyproject.toml configures its command line."""
    config = Config()
    config.set_main_option("script_location", str(ALEMBIC_FOLDER))
    config.attributes["connection"] = connection
    return config


def _engine(database: Path | str) -> Engine:
    """Opens the file on first use."""
    return create_engine(
        URL.create("duckdb", database=str(database)),
        connect_args={"config": dict(DUCKDB_CONFIG)},
        pool_size=16,
        max_overflow=48,
    )


def resolved(database: Path) -> Path:
    """Resolve symbolic links: DuckDB keeps its WAL beside the target.

    Raises DatabaseUnusable for a broken link: its disk may not be mounted, and a new empty database
    must not take its place.
    """
    if database.is_symlink() and not database.exists():
        raise DatabaseUnusable(
            f"{database.name} is a symbolic link to a missing file. Mount the disk that it is on, "
            "or remove the link to start with an empty database."
        )
    return database.resolve()


def _check_file(database: Path) -> None:
    """Reject damaged files that DuckDB would treat as empty.

    Must not be called while this process has the file open: closing any handle to it releases
    DuckDB's lock.
    """
    log = log_of(database)
    if not database.exists():
        if log.exists():
            raise DatabaseUnusable(
                f"{database.name} is missing, but its log {log.name} exists. "
                "Put the database back, or remove the log to start with an empty one."
            )
        return
    with database.open("rb") as file:
        found = file.read(MAGIC_OFFSET + len(MAGIC))[MAGIC_OFFSET:]
    damage = "" if found == MAGIC else f"{database} is not a DuckDB database"
    if not damage and log.exists():
        with log.open("rb") as file:
            head = file.read(LOG_HEAD_BYTES)
        # A power cut before the first commit may leave a WAL that is truncated or all zeros, which
        # DuckDB rightly ignores. It would also ignore a damaged one.
        if not (LOG_START.startswith(head[: len(LOG_START)]) or not any(head)):
            damage = f"{log} is not a DuckDB log"
    if damage:
        logger.error("The job database cannot be opened: %s", damage)
        raise DatabaseDamaged


def _create_if_missing(database: Path) -> None:
    """Create a new database under another name and rename it, so that it is always complete."""
    if database.exists():
        return
    make_folder(database.parent)
    unfinished = database.with_name(database.name + ".new")
    for leftover in (unfinished, log_of(unfinished)):
        leftover.unlink(missing_ok=True)
    engine = _engine(unfinished)
    try:
        with engine.begin() as connection:
            ensure_schema(connection, migrate=True)
        with engine.connect() as connection:
            try:
                connection.execute(text("CHECKPOINT"))  # on close, a failure would go unnoticed
            except DBAPIError:
                connection.invalidate()  # a rollback would also fail, and hide this error
                raise
    finally:
        engine.dispose()
    fsync(unfinished)
    unfinished.rename(database)
    fsync(database.parent)
    if any(database.parent.glob(VIDEOS)):
        logger.warning(NEW_BESIDE_OLD_VIDEOS, database.name)


def ensure_schema(connection: Connection, *, migrate: bool) -> None:
    scripts = ScriptDirectory.from_config(alembic_config())
    head = scripts.get_current_head()
    current = MigrationContext.configure(connection).get_current_revision()
    if current == head:
        return
    if current is not None and current not in {s.revision for s in scripts.walk_revisions()}:
        raise SchemaMismatch(
            "The job database was made by another version of ForgeSyte, whose schema this one "
            "does not know. Run that version, or a newer one."
        )
    tables = set(connection.execute(text("SELECT table_name FROM duckdb_tables()")).scalars())
    if current is None and tables - {"alembic_version"}:
        raise SchemaMismatch(
            "The database file holds tables of another program. Move it away, or choose another "
            "data folder with FORGESYTE_DATA_DIR."
        )
    if tables and not migrate:
        raise SchemaMismatch
    command.upgrade(alembic_config(connection), "head")
    logger.info("The job database is at schema revision %s.", head)
