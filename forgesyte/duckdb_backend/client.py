"""`manage.py dbshell`: read-only statements, from a prompt, from stdin or from `-c`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import duckdb
from django.db.backends.base.client import BaseDatabaseClient
from django.db.utils import Error

PROMPT, CONTINUED = "forgesyte> ", "      ...> "
MORE = "There are more rows. Ask for fewer, with WHERE or with LIMIT and OFFSET.\n"
GREETING = "The job store, read-only. A statement ends with `;`, Ctrl-D leaves.\n"


class DatabaseClient(BaseDatabaseClient):
    """Runs in Python, since no other program may open the database while it is in use."""

    executable_name = "dbshell"

    def runshell(self, parameters: Iterable[str]) -> None:
        """Raises SystemExit(1) if a statement that was not typed at the prompt failed."""
        parser = argparse.ArgumentParser(prog="manage.py dbshell --", add_help=False)
        parser.add_argument("-c", "--command", metavar="SQL", help="run SQL and leave")
        command = parser.parse_args(list(parameters)).command
        if command is None and sys.stdin.isatty():
            self._prompt()
        elif not self._run(sys.stdin.read() if command is None else command):
            raise SystemExit(1)

    def _prompt(self) -> None:
        import readline  # noqa: F401 - gives input() its line editing

        sys.stdout.write(GREETING)
        lines: list[str] = []
        while True:
            try:
                line = input(CONTINUED if lines else PROMPT)
            except EOFError:
                sys.stdout.write("\n")
                return
            except KeyboardInterrupt:
                sys.stdout.write("\n")
                lines = []
                continue
            lines.append(line)
            if line.rstrip().endswith(";"):
                self._run("\n".join(lines))
                lines = []

    def _run(self, text: str) -> bool:
        """Run the statements one after the other; False at the first that fails."""
        try:
            for statement in _statements(text):
                with self.connection.cursor() as cursor:
                    cursor.execute(statement)
                    names = [column[0] for column in cursor.description]
                    for line in aligned(names, cursor.fetchall()):
                        sys.stdout.write(f"{line}\n")
                    if cursor.truncated:
                        sys.stdout.write(MORE)
        except (duckdb.Error, Error) as error:
            sys.stdout.flush()
            sys.stderr.write(f"{_one_line(error)}\n")
            return False
        return True


def _statements(text: str) -> list[str]:
    """The statements in `text`, as DuckDB's own parser parts them."""
    with duckdb.connect(":memory:") as parser:
        return [statement.query for statement in parser.extract_statements(text)]


def aligned(names: Sequence[str], rows: Sequence[Sequence[Any]]) -> Iterator[str]:
    """The lines of a table whose columns are as wide as their widest cell."""
    cells = [[_cell(value) for value in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(names, *cells, strict=True)]
    yield _line(names, widths, " | ")
    yield "-+-".join("-" * width for width in widths)
    for row in cells:
        yield _line(row, widths, " | ")
    yield f"({len(rows)} row{'' if len(rows) == 1 else 's'})"


def _line(cells: Sequence[str], widths: Sequence[int], between: str) -> str:
    return between.join(map(str.ljust, cells, widths)).rstrip()


def _cell(value: object) -> str:
    return "NULL" if value is None else str(value).replace("\n", "\\n")


def _one_line(error: Exception) -> str:
    """DuckDB adds an excerpt of the statement below its message; the message is enough."""
    return " ".join(str(error).partition("\nLINE ")[0].split())
