"""The DuckDB file behind the job store: opened once, by the owner, at the newest schema.

Only the owner of the job store (jobs/store) may call `open_engine` on a file. DuckDB lets one
process write a file, and opening it per request was measured to lose committed rows.
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
from sqlalchemy.orm import DeclarativeBase

from jobs.exceptions import DatabaseLocked, DatabaseUnusable, SchemaMismatch

logger = logging.getLogger(__name__)

ALEMBIC_FOLDER = Path(__file__).parent / "alembic"

# threads=1: job rows are tiny, and DuckDB's pool only takes the cores from the pipeline.
# No external access: no statement can read or write a file beside the database.
DUCKDB_CONFIG = {
    "threads": 1,
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
    """Open the database, making it first if it is missing, and check its schema.

    `database` is a file, or `:memory:NAME` for a database that lives as long as the engine.
    With `migrate` an older schema is brought up to date; without it SchemaMismatch is raised.
    Raises DatabaseUnusable when the file cannot be opened.
    """
    with opening_errors():
        if isinstance(database, Path):
            _create_if_missing(database)
        engine = make_engine(database)
        try:
            with engine.begin() as connection:
                _ensure_schema(connection, migrate=migrate)
        except BaseException:
            engine.dispose()
            raise
        return engine


@contextmanager
def opening_errors() -> Iterator[None]:
    """What keeps the database from being opened, as DatabaseUnusable."""
    try:
        yield
    except DBAPIError as error:
        if "Could not set lock" in str(error.orig):
            raise DatabaseLocked from error
        logger.error("The job database cannot be opened: %s", error.orig)
        raise DatabaseUnusable from error
    except OSError as error:
        logger.error("The job database cannot be opened: %s", error)
        raise DatabaseUnusable from error


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
    wal = database.with_name(database.name + ".wal")
    if wal.exists():
        raise DatabaseUnusable(
            f"{database.name} is missing but its log {wal.name} is there. "
            "Put the database back, or remove the log to start with an empty one."
        )
    database.parent.mkdir(parents=True, exist_ok=True)
    unfinished = database.with_name(database.name + ".new")
    unfinished.unlink(missing_ok=True)
    engine = make_engine(unfinished)
    with engine.begin() as connection:
        _ensure_schema(connection, migrate=True)
    engine.dispose()
    unfinished.rename(database)


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
    empty = connection.execute(text("SELECT count(*) FROM duckdb_tables()")).scalar_one() == 0
    if not (migrate or empty):
        raise SchemaMismatch
    command.upgrade(alembic_config(connection), "head")
    logger.info("The job database is at schema revision %s.", head)
