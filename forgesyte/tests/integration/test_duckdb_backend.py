"""`django.db.connection` over the job store."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.db import close_old_connections, connection, transaction
from django.db.utils import InterfaceError, NotSupportedError, OperationalError, ProgrammingError

from forgesyte.tests.conftest import Manage
from forgesyte.tests.terminal import CTRL_C, Terminal
from jobs.composition import job_store, run_folder
from jobs.locks import ProcessLock
from jobs.store.gateway import LOCK_NAME

ENDLESS = "SELECT count(*) FROM range(10000000) a, range(10000000) b"


@pytest.fixture
def cursor(own_store: Path) -> Iterator[Any]:
    with connection.cursor() as cursor:
        yield cursor


@pytest.fixture
def job_id(own_store: Path) -> uuid.UUID:
    return job_store().submit(uuid.uuid4(), "yolo_ocr", "video_jobs/x.mp4").job_id


@pytest.fixture
def unreachable(own_store: Path, settings: Any) -> Iterator[None]:
    """Somebody holds the store's lock and answers nobody."""
    settings.JOB_STORE_TIMEOUT_S = 0.1
    lock = ProcessLock(run_folder() / LOCK_NAME)
    assert lock.acquire()
    yield
    lock.release()


def test_a_second_process_reads_rows_while_the_first_owns(
    manage: Manage, job_id: uuid.UUID
) -> None:
    shell = manage("dbshell", "--", "-c", "SELECT job_id, status FROM jobs")
    assert shell.stdout.splitlines()[2:] == [f"{job_id} | pending", "(1 row)"]
    assert (shell.returncode, shell.stderr) == (0, "")
    assert job_store().owns_store


def test_rows_are_fetched_one_by_one_in_parts_and_by_iteration(cursor: Any) -> None:
    cursor.execute("SELECT * FROM range(6)")
    assert cursor.fetchone() == (0,)
    assert cursor.fetchmany(2) == [(1,), (2,)]
    assert cursor.fetchmany() == [(3,)]
    assert list(cursor) == [(4,), (5,)]
    assert cursor.fetchall() == []


@pytest.mark.parametrize(
    ("sql", "parameters", "row"),
    [
        ("SELECT %s || %s", ["a", "b"], ("ab",)),
        ("SELECT %(x)s + %(x)s + %(y)s", {"x": 1, "y": 2}, (4,)),
        ("SELECT 7 %% 4, %s", [1], (3, 1)),
        ("SELECT 7 % 4", None, (3,)),
        ("SELECT 7 %% 4", [], (3,)),
    ],
)
def test_placeholders(cursor: Any, sql: str, parameters: Any, row: tuple[Any, ...]) -> None:
    cursor.execute(sql, parameters)
    assert cursor.fetchall() == [row]


@pytest.mark.parametrize("sql", ["DELETE FROM jobs", "SELECT 1; DELETE FROM jobs"])
def test_writing_is_refused_with_the_reason(cursor: Any, job_id: uuid.UUID, sql: str) -> None:
    with pytest.raises(ProgrammingError, match="The API and the worker change jobs"):
        cursor.execute(sql)
    cursor.execute("SELECT job_id, status FROM jobs WHERE job_id = %s", [job_id])
    assert job_store().owns_store
    assert [column[0] for column in cursor.description] == ["job_id", "status"]
    assert cursor.rowcount == 1
    assert cursor.fetchall() == [(job_id, "pending")]
    assert cursor.fetchone() is None


def test_wrong_uses(cursor: Any) -> None:
    with pytest.raises(InterfaceError):
        cursor.fetchone()
    with pytest.raises(NotSupportedError):
        cursor.executemany("SELECT %s", [[1], [2]])
    with pytest.raises(ProgrammingError, match="nothing_here"):
        cursor.execute("SELECT * FROM nothing_here")
    for sql, parameters in (("%s", []), ("1", [1]), ("%(x)s", {}), ("%(x)s", [1])):
        with pytest.raises(ProgrammingError):
            cursor.execute(f"SELECT {sql}", parameters)


def test_a_store_that_does_not_answer(unreachable: None) -> None:
    with connection.cursor() as cursor, pytest.raises(OperationalError, match="job store"):
        cursor.execute("SELECT 1")
    with pytest.raises(SystemCheckError, match="The job store is not responding"):
        call_command("check", databases=["default"])


def test_transactions_and_closing_are_harmless(own_store: Path) -> None:
    connection.ensure_connection()
    with transaction.atomic(), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        assert cursor.fetchall() == [(1,)]
    connection.rollback()
    close_old_connections()
    connection.close()
    with connection.cursor() as cursor:
        cursor.execute("SELECT 2")
        assert cursor.fetchall() == [(2,)]


def test_tables_are_listed_and_checked(own_store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert connection.introspection.table_names() == ["alembic_version", "jobs"]
    call_command("check", databases=["default"])
    assert "no issues" in capsys.readouterr().out


def test_check_reports_a_schema_that_is_behind(own_store: Path) -> None:
    with duckdb.connect(str(own_store / "foregsyte.duckdb")) as database:
        database.execute("CREATE TABLE alembic_version (version_num VARCHAR)")
    with pytest.raises(SystemCheckError, match=r"python manage\.py migrate"):
        call_command("check", databases=["default"])


def test_dbshell_runs_the_statements_of_stdin(manage: Manage) -> None:
    """Up to the first that fails, which is told in one line."""
    sql = "SELECT 1 AS one, NULL AS nothing;\nSELECT 'a;\nb' AS x; DELETE FROM jobs; SELECT 2"
    shell = manage("dbshell", stdin=sql)
    assert shell.returncode == 1
    assert shell.stdout.splitlines() == [
        *("one | nothing", "----+--------", "1   | NULL", "(1 row)"),
        *("x", "-----", "a;\\nb", "(1 row)"),
    ]
    assert shell.stderr.splitlines()[-1].startswith("Only one reading statement")
    assert "Traceback" not in shell.stderr


def test_dbshell_shows_the_first_rows_of_very_many(manage: Manage) -> None:
    shell = manage("dbshell", "--", "-c", "SELECT * FROM range(10000000)")
    assert shell.stdout.splitlines()[-3:] == [
        "9999",
        "(10000 rows)",
        "There are more rows. Ask for fewer, with WHERE or with LIMIT and OFFSET.",
    ]


def test_dbshell_does_not_need_the_owner(manage: Manage, job_id: uuid.UUID) -> None:
    """So no statement costs the owner, which also answers the API, memory or time."""
    job_store().close()
    lock = ProcessLock(run_folder() / LOCK_NAME)
    assert lock.acquire()
    shell = manage("dbshell", "--", "-c", "SELECT job_id FROM jobs")
    assert shell.stdout.splitlines()[2:] == [f"{job_id}", "(1 row)"]
    assert (shell.returncode, shell.stderr) == (0, "")
    lock.release()


def test_ctrl_c_at_the_prompt_of_dbshell_ends_the_statement(data_dir: Path) -> None:
    with Terminal("dbshell", FORGESYTE_DATA_DIR=str(data_dir)) as terminal:
        terminal.wait_for("forgesyte> ")
        terminal.press(f"SELECT 1; {ENDLESS};\n".encode())
        terminal.wait_for("(1 row)")
        terminal.press(CTRL_C)
        terminal.press(b"SELECT 'still ' || 'here';\n")
        terminal.wait_for("still here")


def test_statement_that_takes_too_long_is_interrupted(cursor: Any, settings: Any) -> None:
    store = job_store()
    with store.within(1.0), pytest.raises(ProgrammingError, match="takes too long"):
        cursor.execute(ENDLESS)
    cursor.execute("SELECT 1")
    assert cursor.fetchall() == [(1,)]
