"""A PEP 249 driver for the job store: read-only, without transactions, `%s` as the placeholder.

Statements go through `jobs.composition.job_store()`, so they work in any process. The database file
is never opened here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

from duckdb import DatabaseError as DatabaseError
from duckdb import DataError as DataError
from duckdb import Error as Error
from duckdb import IntegrityError as IntegrityError
from duckdb import InternalError as InternalError
from duckdb import NotSupportedError as NotSupportedError
from duckdb import OperationalError as OperationalError
from duckdb import ProgrammingError as ProgrammingError
from duckdb import Warning as Warning

from jobs.composition import job_store
from jobs.exceptions import JobsError

apilevel = "2.0"
threadsafety = 1
paramstyle = "format"

Parameters = Sequence[Any] | Mapping[str, Any]
Description = list[tuple[str, str, None, None, None, None, None]]


class InterfaceError(Error):
    """The cursor is closed, or nothing has been executed."""


class Cursor:
    """truncated: whether the statement has more rows than the store returns."""

    arraysize = 1
    lastrowid = None

    def __init__(self) -> None:
        self.description: Description | None = None
        self.rowcount = -1
        self.truncated = False
        self._rows: Iterator[tuple[Any, ...]] | None = None
        self._closed = False

    def execute(self, sql: str, parameters: Parameters | None = None) -> Cursor:
        """Run one read-only statement; without `parameters`, `%` is not special.

        Raises ProgrammingError if the statement is wrong or writes, OperationalError if the store
        is unavailable.
        """
        if self._closed:
            raise InterfaceError("The cursor is closed.")
        values: list[Any] = []
        if parameters is not None:
            sql, values = to_qmark(sql, parameters)
        try:
            job_store().join()
            table = job_store().select(sql, values)
        except JobsError as error:
            raise OperationalError(str(error)) from error
        except ValueError as error:
            raise ProgrammingError(str(error)) from error
        self.description = [(name, kind, *[None] * 5) for name, kind in table.columns]  # type: ignore[misc]
        self.rowcount = len(table.rows)
        self.truncated = table.truncated
        self._rows = iter(table.rows)
        return self

    def executemany(self, sql: str, parameters: Sequence[Parameters]) -> None:
        raise NotSupportedError(
            "Statements are run one at a time and only read: the API and the worker change jobs."
        )

    def fetchone(self) -> tuple[Any, ...] | None:
        return next(iter(self), None)

    def fetchmany(self, size: int | None = None) -> list[tuple[Any, ...]]:
        rows = iter(self)
        wanted = range(self.arraysize if size is None else size)
        return [row for _, row in zip(wanted, rows, strict=False)]

    def fetchall(self) -> list[tuple[Any, ...]]:
        return list(self)

    def __iter__(self) -> Iterator[tuple[Any, ...]]:
        if self._rows is None:
            raise InterfaceError("There are no rows: no statement has been executed.")
        return self._rows

    def close(self) -> None:
        self._closed = True
        self._rows = None


class Connection:
    """Creates cursors. The store runs each statement in its own transaction."""

    def cursor(self) -> Cursor:
        return Cursor()

    def commit(self) -> None:
        """Nothing to do: statements are read-only, and the job store stays open."""

    rollback = close = commit


def to_qmark(sql: str, parameters: Parameters) -> tuple[str, list[Any]]:
    """Convert `%s` and `%(name)s` to DuckDB's `?`, `%%` to `%`; returns also the ordered values.

    Raises ProgrammingError if placeholders and parameters do not match.
    """
    values: list[Any] = []

    class Named(dict[str, str]):
        def __missing__(self, name: str) -> str:
            values.append(cast(Mapping[str, Any], parameters)[name])
            return "?"

    try:
        if isinstance(parameters, Mapping):
            return sql % Named(), values
        return sql % (("?",) * len(parameters)), list(parameters)
    except (TypeError, ValueError, KeyError) as error:
        raise ProgrammingError(f"The placeholders do not match the values: {error}.") from None
