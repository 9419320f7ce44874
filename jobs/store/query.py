"""Read-only statements for `connection.cursor()` and `dbshell`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import duckdb
from sqlalchemy import Engine

from jobs.exceptions import DatabaseInvalidated
from jobs.store.base import Table

READING = (duckdb.StatementType.SELECT, duckdb.StatementType.EXPLAIN)


def run_read_only(engine: Engine, sql: str, parameters: Sequence[Any]) -> Table:
    """Run one SELECT, SHOW, DESCRIBE or EXPLAIN in a read-only transaction.

    Raises ValueError with DuckDB's own message when the statement is not of that kind or wrong.
    """
    pooled = engine.raw_connection()
    try:
        connection: duckdb.DuckDBPyConnection = pooled.driver_connection  # type: ignore[assignment]
        statements = connection.extract_statements(sql)
        if len(statements) != 1 or statements[0].type not in READING:
            raise ValueError(
                "Only one reading statement at a time. The API and the worker change jobs."
            )
        connection.execute("BEGIN TRANSACTION READ ONLY")
        result = connection.execute(statements[0], list(parameters))
        columns = [(name, str(kind)) for name, kind, *_ in result.description]
        return Table(columns, result.fetchall())
    except duckdb.FatalException as error:
        raise DatabaseInvalidated from error
    except duckdb.Error as error:
        raise ValueError(str(error)) from error
    finally:
        pooled.close()  # the pool rolls the transaction back
