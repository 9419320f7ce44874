"""Read-only statements for `connection.cursor()` and `dbshell`, bounded in rows and in time."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import duckdb
from sqlalchemy import Engine

from jobs.exceptions import DatabaseInvalidated
from jobs.store.base import DEADLINE, Table

READING = (duckdb.StatementType.SELECT, duckdb.StatementType.EXPLAIN)
MAX_ROWS = 10_000
# DuckDB's binding holds the GIL while it converts rows; other threads run between batches.
BATCH = 500
# A statement is interrupted so long before its deadline.
SPARE_S = 0.5


def select_rows(engine: Engine, sql: str, parameters: Sequence[Any]) -> Table:
    """Run one SELECT, SHOW, DESCRIBE or EXPLAIN in a read-only transaction.

    Returns the first MAX_ROWS rows and keeps no more in memory. Raises ValueError, with DuckDB's
    message if there is one, for wrong statements, other statements, and those that exceed the
    call's deadline.
    """
    pooled = engine.raw_connection()
    try:
        connection: duckdb.DuckDBPyConnection = pooled.driver_connection  # type: ignore[assignment]
        statements = connection.extract_statements(sql)
        if len(statements) != 1 or statements[0].type not in READING:
            raise ValueError(
                "Only one reading statement at a time. The API and the worker change jobs."
            )
        with _interrupted(connection, DEADLINE.get()):
            connection.execute("BEGIN TRANSACTION READ ONLY")
            result = connection.execute(statements[0], list(parameters))
            columns = [(name, str(kind)) for name, kind, *_ in result.description]
            rows: list[tuple[Any, ...]] = []
            while len(rows) <= MAX_ROWS and (batch := result.fetchmany(BATCH)):
                rows += batch
        return Table(columns, rows[:MAX_ROWS], truncated=len(rows) > MAX_ROWS)
    except duckdb.FatalException as error:
        raise DatabaseInvalidated from error
    except duckdb.InterruptException as error:
        raise ValueError("The statement takes too long. Ask for less.") from error
    except duckdb.Error as error:
        raise ValueError(str(error)) from error
    finally:
        pooled.close()  # the pool rolls the transaction back


@contextmanager
def _interrupted(connection: duckdb.DuckDBPyConnection, deadline: float) -> Iterator[None]:
    """Interrupt the statement shortly before the deadline."""
    if deadline == float("inf"):
        yield
        return
    seconds = max(0.0, deadline - time.monotonic() - SPARE_S)
    timer = threading.Timer(seconds, connection.interrupt)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
