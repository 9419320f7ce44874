"""`manage.py dbshell`: read-only statements, from a prompt, from stdin or from `-c`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import duckdb
from django.db.backends.base.client import BaseDatabaseClient

from jobs.composition import snapshot_engine
from jobs.exceptions import JobsError
from jobs.store.query import select_rows

PROMPT, CONTINUED = "forgesyte> ", "      ...> "
MORE = "There are more rows. Ask for fewer, with WHERE or with LIMIT and OFFSET.\n"
GREETING = "The job store, read-only. A statement ends with `;`, Ctrl-D leaves.\n"


class DatabaseClient(BaseDatabaseClient):
    """Runs statements in this process, on a copy of the database made when they start.

    They may use any amount of time and memory without affecting the owner.
    """

    executable_name = "dbshell"

    def runshell(self, parameters: Iterable[str]) -> None:
        """Raises SystemExit(1) if a statement from `-c` or stdin fails."""
        parser = argparse.ArgumentParser(prog="manage.py dbshell --", add_help=False)
        parser.add_argument("-c", "--command", metavar="SQL", help="run SQL and leave")
        command = parser.parse_args(list(parameters)).command
        if command is None and sys.stdin.isatty():
            self._prompt()
        elif not self._run(sys.stdin.read() if command is None else command):
            raise SystemExit(1)

    def _prompt(self) -> None:
        import readline  # noqa: F401 - enables line editing in input()

        sys.stdout.write(GREETING)
        text = ""
        while True:
            try:
                text += input(CONTINUED if text else PROMPT) + "\n"
                if text.rstrip().endswith(";"):
                    self._run(text)
                    text = ""
            except EOFError:
                sys.stdout.write("\n")
                return
            except KeyboardInterrupt:
                sys.stdout.write("\n")
                text = ""

    def _run(self, text: str) -> bool:
        """Run the statements in order; False as soon as one fails."""
        try:
            with duckdb.connect(":memory:") as parser:  # it splits them
                statements = [statement.query for statement in parser.extract_statements(text)]
            with snapshot_engine() as engine:
                for statement in statements:
                    table = select_rows(engine, statement, ())
                    for line in aligned([name for name, _ in table.columns], table.rows):
                        sys.stdout.write(f"{line}\n")
                    if table.truncated:
                        sys.stdout.write(MORE)
        except (duckdb.Error, JobsError, ValueError, RuntimeError) as error:  # the last: Ctrl-C
            sys.stdout.flush()
            # DuckDB appends an excerpt of the statement to its message.
            sys.stderr.write(" ".join(str(error).partition("\nLINE ")[0].split()) + "\n")
            return False
        return True


def aligned(names: Sequence[str], rows: Sequence[Sequence[Any]]) -> Iterator[str]:
    """Format a table with aligned columns; yields its lines."""
    cells = [["NULL" if v is None else str(v).replace("\n", "\\n") for v in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(names, *cells, strict=True)]
    lines = [" | ".join(map(str.ljust, row, widths)).rstrip() for row in (names, *cells)]
    yield lines[0]
    yield "-+-".join("-" * width for width in widths)
    yield from lines[1:]
    yield f"({len(rows)} row{'' if len(rows) == 1 else 's'})"
