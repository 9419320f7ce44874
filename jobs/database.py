"""The DuckDB file behind the job store: opened once, by the owner, at the newest schema.

Only the owner of the job store (jobs/store) may call `open_engine` on a file. DuckDB lets one
process write a file, and opening it per request was measured to lose committed rows.
"""

from __future__ import annotations

import logging
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
from sqlalchemy.orm import DeclarativeBase

from jobs.database_errors import opening_errors
from jobs.database_file import (
    check_content,
    check_file,
    leave_as_it_is,
    log_of,
    make_files_private,
    resolved,
    tidy_when_closed,
)
from jobs.disk import fsync, make_folder
from jobs.exceptions import SchemaMismatch
from jobs.storage.names import VIDEOS

logger = logging.getLogger(__name__)

NEW_BESIDE_OLD_VIDEOS = (
    "There was no job database beside the videos of earlier jobs: a new, empty one was made, which "
    "does not know them. Stop ForgeSyte and put the old %s back if there is one."
)

ALEMBIC_FOLDER = Path(__file__).parent / "alembic"

# threads=1: job rows are tiny, and DuckDB's pool only takes the cores from the pipeline.
# wal_autocheckpoint: DuckDB replays about 2 MB of its log a second, and nobody owns the store
# meanwhile; with its own 16 MB a takeover could last 8 s.
# No external access: no statement can read or write a file beside the database.
DUCKDB_CONFIG = {
    "threads": 1,
    "wal_autocheckpoint": "1MiB",
    "enable_external_access": False,
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
}


class Base(DeclarativeBase):
    """The one declarative base of the project."""


class JobsDialect(duckdb_engine.Dialect):  # type: ignore[misc]
    """duckdb-engine's dialect with SQLAlchemy's statement cache (a third off each insert)."""

    supports_statement_cache = True


class DuckDBImpl(DefaultImpl):
    """Alembic knows no DuckDB; its default DDL is what DuckDB needs."""

    __dialect__ = "duckdb"


registry.register("duckdb", __name__, JobsDialect.__name__)


def open_engine(database: Path | str, *, migrate: bool = False) -> Engine:
    """Open the database, making it first if it is missing, and check its schema and content.

    `database` is a file, or `:memory:NAME` for a database that lives as long as the engine.
    With `migrate` an older schema is brought up to date; without it SchemaMismatch is raised.
    Raises DatabaseUnusable when the file cannot be opened, DatabaseDamaged when it is damaged
    (it is left as it is), StorageFull when there is no room to make it.
    """
    with opening_errors():
        if isinstance(database, Path):
            database = resolved(database)
            check_file(database)
            _create_if_missing(database)
            make_files_private(database)
        engine = make_engine(database)
        try:
            with engine.begin() as connection:
                leave_as_it_is(connection)
                _ensure_schema(connection, migrate=migrate)
                check_content(connection)
            with engine.begin() as connection:
                tidy_when_closed(connection)
        except BaseException:
            engine.dispose()
            raise
        return engine


def make_engine(database: Path | str) -> Engine:
    """An engine on the database whatever its schema; opens nothing before it is used."""
    return create_engine(
        URL.create("duckdb", database=str(database)),
        connect_args={"config": dict(DUCKDB_CONFIG)},
        pool_size=16,
        max_overflow=48,
    )


def _create_if_missing(database: Path) -> None:
    """Make a new database under another name and rename it: a kill leaves none half-made."""
    if database.exists():
        return
    make_folder(database.parent)
    unfinished = database.with_name(database.name + ".new")
    for leftover in (unfinished, log_of(unfinished)):
        leftover.unlink(missing_ok=True)
    engine = make_engine(unfinished)
    try:
        with engine.begin() as connection:
            _ensure_schema(connection, migrate=True)
        with engine.connect() as connection:
            try:
                connection.execute(text("CHECKPOINT"))  # on closing, its failure is not told
            except DBAPIError:
                connection.invalidate()  # no rollback: it would fail too, and be what is told
                raise
    finally:
        engine.dispose()
    fsync(unfinished)
    unfinished.rename(database)
    fsync(database.parent)
    if any(database.parent.glob(VIDEOS)):
        logger.warning(NEW_BESIDE_OLD_VIDEOS, database.name)


def alembic_config(connection: Connection | None = None) -> Config:
    """Alembic's configuration as the code uses it; `pyproject.toml` is the command line's."""
    config = Config()
    config.set_main_option("script_location", str(ALEMBIC_FOLDER))
    config.attributes["connection"] = connection
    return config


def _ensure_schema(connection: Connection, *, migrate: bool) -> None:
    scripts = ScriptDirectory.from_config(alembic_config())
    head = scripts.get_current_head()
    current = MigrationContext.configure(connection).get_current_revision()
    if current == head:
        return
    if current is not None and current not in {
        script.revision for script in scripts.walk_revisions()
    }:
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
    empty = not tables
    if not (migrate or empty):
        raise SchemaMismatch
    command.upgrade(alembic_config(connection), "head")
    logger.info("The job database is at schema revision %s.", head)
