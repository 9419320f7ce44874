"""Opening the database: made if missing, refused if its schema is not this version's."""

from __future__ import annotations

import subprocess
import sys
import uuid
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import text

from jobs.database import alembic_config, open_engine
from jobs.exceptions import DatabaseLocked, DatabaseUnusable, SchemaMismatch
from jobs.storage.names import video_name


def test_missing_database_is_made_with_its_folder(tmp_path: Path) -> None:
    database = tmp_path / "new" / "jobs.duckdb"
    open_engine(database).dispose()
    assert sorted(path.name for path in database.parent.iterdir()) == ["jobs.duckdb"]


def test_half_made_database_of_a_killed_process_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "jobs.duckdb.new").write_bytes(b"half")
    open_engine(tmp_path / "jobs.duckdb").dispose()
    assert [path.name for path in tmp_path.iterdir()] == ["jobs.duckdb"]


def test_older_schema_stops_with_the_command_to_run(tmp_path: Path) -> None:
    database = tmp_path / "jobs.duckdb"
    engine = open_engine(database)
    with engine.begin() as connection:
        command.downgrade(alembic_config(connection), "base")
    engine.dispose()
    with pytest.raises(SchemaMismatch, match=r"python manage.py migrate"):
        open_engine(database)


def test_schema_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    database = tmp_path / "jobs.duckdb"
    engine = open_engine(database)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    for migrate in (False, True):
        with pytest.raises(SchemaMismatch, match="newer one"):
            open_engine(database, migrate=migrate)


def test_downgrade_drops_the_table_and_migrate_brings_it_back(tmp_path: Path) -> None:
    database = tmp_path / "jobs.duckdb"
    engine = open_engine(database)
    with engine.begin() as connection:
        command.downgrade(alembic_config(connection), "base")
    engine.dispose()
    with pytest.raises(SchemaMismatch):
        open_engine(database)
    engine = open_engine(database, migrate=True)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM jobs")).scalar_one() == 0
    engine.dispose()


def test_log_without_its_database_is_not_replaced_silently(tmp_path: Path) -> None:
    (tmp_path / "jobs.duckdb.wal").write_bytes(b"x")
    with pytest.raises(DatabaseUnusable, match="is missing but its log"):
        open_engine(tmp_path / "jobs.duckdb")


@pytest.mark.parametrize("earlier", [True, False])
def test_new_database_beside_the_videos_of_an_old_one_is_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, earlier: bool
) -> None:
    (tmp_path / "video_jobs").mkdir()
    if earlier:
        (tmp_path / video_name(uuid.uuid4())).write_bytes(b"x")
    open_engine(tmp_path / "jobs.duckdb").dispose()
    assert ("put the old jobs.duckdb back" in caplog.text) is earlier


def test_corrupted_database_is_refused_and_kept(tmp_path: Path) -> None:
    database = tmp_path / "jobs.duckdb"
    database.write_bytes(b"not a database" * 1000)
    with pytest.raises(DatabaseUnusable) as caught:
        open_engine(database)
    assert str(tmp_path) not in str(caught.value)
    assert database.read_bytes() == b"not a database" * 1000


def test_database_open_in_another_program_is_named_as_such(tmp_path: Path) -> None:
    database = tmp_path / "jobs.duckdb"
    open_engine(database).dispose()
    holder = subprocess.Popen(
        [
            sys.executable,
            "-c",
            f"import duckdb; c = duckdb.connect({str(database)!r}); print(1, flush=True); input()",
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    try:
        assert holder.stdout is not None and holder.stdout.readline()
        with pytest.raises(DatabaseLocked, match="Close it"):
            open_engine(database)
    finally:
        holder.communicate(b"\n")


def test_statements_cannot_reach_other_files(tmp_path: Path) -> None:
    engine = open_engine(tmp_path / "jobs.duckdb")
    other = tmp_path / "other.csv"
    with engine.connect() as connection, pytest.raises(Exception, match="disabled"):
        connection.execute(text(f"COPY jobs TO '{other}'"))
    engine.dispose()
    assert not other.exists()
