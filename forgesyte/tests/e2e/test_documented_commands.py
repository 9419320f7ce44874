"""Every command in a `sh` block of the documents.

`curl` lines and the clients of the migration guide run against a real API in
test_documented_answers.py; the guide's commands on a schema run below in a copy of the tree. The
others would install gigabytes or never end: they are looked up where they are defined.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from argparse import ArgumentParser
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import schemathesis.cli
from alembic.config import CommandLine
from django.core.management import get_commands, load_command_class
from sqlalchemy import text

from forgesyte.tests.conftest import Manage
from forgesyte.tests.documents import (
    COMMANDS_PAGE,
    DOCUMENTS,
    MIGRATION_GUIDE,
    ROOT,
    Block,
    blocks,
    table_rows,
)
from forgesyte.tests.examples import EXAMPLES
from governance import validate_phase16_path
from jobs.database import open_engine

SCRIPT = "#!/bin/sh\n"
REVISION = Path("jobs/alembic/versions/0002_default_pipeline.py")
DEFAULT = "SELECT column_default FROM duckdb_columns() WHERE column_name = 'pipeline_id'"
JOB_ID = "8c0e4d8e-7a2c-4e0a-9f57-3d1d3d2f6a11"


def commands() -> Iterator[tuple[Block, str]]:
    for path in DOCUMENTS:
        for block in blocks(path, "sh"):
            if block.text.startswith(SCRIPT):
                continue
            for line in block.text.splitlines():
                words = shlex.split(line, comments=True)
                if words:
                    yield block, shlex.join(words)


COMMANDS = [(str(block), command) for block, command in commands()]


def make_target(*words: str) -> None:
    """The Makefile knows how to do it; -n prints what it would run."""
    subprocess.run(["make", "-n", "-C", str(ROOT), *words], check=True, capture_output=True)


def manage_command(name: str, *options: str) -> None:
    """Django knows the command, and the command its options."""
    parser(name).parse_args(list(options))


def parser(name: str) -> ArgumentParser:
    return load_command_class(get_commands()[name], name).create_parser("manage.py", name)


def alembic_command(*words: str) -> None:
    """Alembic knows the command and its options."""
    CommandLine().parser.parse_args(list(words))


def example(*words: str) -> None:
    """Run against a real API, with the answer that the next block shows."""
    command = shlex.join(("curl", *words))
    assert command in [shlex.join(shlex.split(example.command)) for example in EXAMPLES]


def schemathesis_command(*words: str) -> None:
    """schemathesis knows its options, and the file is there; test_schemathesis.py runs it."""
    option, file, command, *rest = words
    assert (option, command) == ("--config-file", "run")
    assert (ROOT / file).is_file()
    schemathesis.cli.schemathesis.commands["run"].make_context("run", rest)


CHECKS: dict[str, Callable[..., None]] = {
    ".venv/bin/schemathesis": schemathesis_command,
    "make": make_target,
    ".venv/bin/python manage.py": manage_command,
    ".venv/bin/alembic": alembic_command,
    "curl": example,
}


@pytest.mark.parametrize(("where", "command"), COMMANDS)
def test_command(where: str, command: str) -> None:
    for start, check in CHECKS.items():
        if command.startswith(f"{start} "):
            check(*shlex.split(command.removeprefix(start)))
            return
    pytest.fail(f"{where}: no test knows how to check {command!r}")


def test_the_documented_commands_are_those_of_the_project() -> None:
    rows = list(table_rows(COMMANDS_PAGE, "All commands"))[1:]
    named = [row[0].strip("`").split()[0] for row in rows]
    assert len(named) == len(set(named)), "named twice"
    apps = ("forgesyte", "jobs", "pipeline")
    ours = {name for name, app in get_commands().items() if app in apps}
    assert ours <= set(named)
    for row in rows:
        name = row[0].strip("`").split()[0]
        known = set(parser(name)._option_string_actions)
        assert set(re.findall(r"--[a-z][\w-]*", " ".join(row))) <= known, row


def test_help_lists_what_is_of_use(manage: Manage) -> None:
    listed = set(manage("help", "--commands").stdout.split())
    apps = ("forgesyte", "jobs", "pipeline")
    ours = {name for name, app in get_commands().items() if app in apps}
    assert listed == ours | {
        *("check", "dbshell", "diffsettings", "shell", "spectacular", "findstatic", "runserver")
    }
    assert "[rest_framework]" not in manage("help").stdout


def test_the_revision_of_the_guide_is_applied_and_taken_back(tmp_path: Path) -> None:
    copy = copy_of_the_tree(tmp_path)
    database = copy / "data" / "foregsyte.duckdb"
    engine = open_engine(database)
    with engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO jobs (job_id, status, pipeline_id, input_path, created_at, updated_at)"
                f" VALUES ('{JOB_ID}', 'pending', 'yolo_ocr', 'a.mp4', now(), now())"
            )
        )
    engine.dispose()
    make, apply, look, take_back = (
        block.text for block in blocks(MIGRATION_GUIDE, "sh") if block.line > section("schema")
    )
    run(make, copy)
    assert (copy / REVISION).is_file()
    (copy / REVISION).write_text(blocks(MIGRATION_GUIDE, "python")[-1].text)
    assert validate_phase16_path.main([str(copy / REVISION)]) == 0

    assert "an older schema" in run(".venv/bin/python manage.py check --database default", copy, 1)
    run(apply, copy)
    assert run(look, copy).splitlines()[-2:] == ["0002", "(1 row)"]
    assert stored(database) == ("'yolo_ocr'", 1)
    run(take_back, copy)
    assert stored(database) == (None, 1)


def section(word: str) -> int:
    """The line of the heading of the guide's second half."""
    lines = MIGRATION_GUIDE.read_text(encoding="utf-8").splitlines()
    return next(n for n, line in enumerate(lines) if line.startswith("## ") and word in line)


def copy_of_the_tree(tmp_path: Path) -> Path:
    copy = tmp_path / "copy"
    for folder in ("forgesyte", "jobs", "pipeline", "governance"):
        ignored = shutil.ignore_patterns("__pycache__", "tests", "weights", "samples")
        shutil.copytree(ROOT / folder, copy / folder, ignore=ignored)
    for file in ("manage.py", "pyproject.toml"):
        shutil.copy(ROOT / file, copy / file)
    (copy / ".venv").symlink_to(sys.prefix)
    return copy


def run(commands: str, copy: Path, status: int = 0) -> str:
    """What the commands print, each of which has to succeed, or to end with `status`."""
    done = subprocess.run(
        ["sh", "-ec", commands],
        cwd=copy,
        env={**os.environ, "FORGESYTE_DATA_DIR": str(copy / "data")},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == status, done.stderr
    return done.stdout + done.stderr


def stored(database: Path) -> tuple[str | None, int]:
    """The default of the pipeline's column and the number of jobs, read without the code's own
    check of the schema: the copy is at another revision than this tree."""
    import duckdb

    with duckdb.connect(str(database)) as connection:
        (default,) = connection.execute(DEFAULT).fetchone() or (None,)
        (jobs,) = connection.execute("SELECT count(*) FROM jobs").fetchone() or (0,)
    return default, jobs
