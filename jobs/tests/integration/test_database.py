"""Opening the database: made if missing, refused if its schema is not this version's."""

from __future__ import annotations

import shutil
import subprocess
import sys
import uuid
from pathlib import Path

import pytest
from alembic import command
from rest_framework.test import APIClient
from sqlalchemy import text

from jobs import composition
from jobs.database import alembic_config, open_engine
from jobs.exceptions import DatabaseDamaged, DatabaseLocked, DatabaseUnusable, SchemaMismatch
from jobs.queue.memory import MemoryQueueService
from jobs.repository import log_of
from jobs.storage.names import video_name
from jobs.store import snapshot
from jobs.store.owner import OwnedJobStore
from jobs.tests.conftest import mp4


def test_missing_database_is_made_with_its_folder(tmp_path: Path) -> None:
    database = tmp_path / "new" / "jobs.duckdb"
    open_engine(database).dispose()
    assert sorted(path.name for path in database.parent.iterdir()) == ["jobs.duckdb"]


def test_half_made_database_of_a_killed_process_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "jobs.duckdb.new").write_bytes(b"half")
    open_engine(tmp_path / "jobs.duckdb").dispose()
    assert [path.name for path in tmp_path.iterdir()] == ["jobs.duckdb"]


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
    with pytest.raises(SchemaMismatch, match=r"python manage.py migrate"):
        open_engine(database)
    engine = open_engine(database, migrate=True)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM jobs")).scalar_one() == 0
    engine.dispose()


@pytest.mark.parametrize("earlier", [True, False])
def test_new_database_beside_the_videos_of_an_old_one_is_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, earlier: bool
) -> None:
    (tmp_path / "video_jobs").mkdir()
    if earlier:
        (tmp_path / video_name(uuid.uuid4())).write_bytes(b"x")
    open_engine(tmp_path / "jobs.duckdb").dispose()
    assert ("still have the old jobs.duckdb" in caplog.text) is earlier


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


# Symbolic links


@pytest.fixture
def elsewhere(tmp_path: Path) -> Path:
    """A folder on another disk, to which the database of the data folder is a link."""
    folder = tmp_path / "disk"
    folder.mkdir()
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "jobs.duckdb").symlink_to(folder / "real.duckdb")
    return folder


def test_link_that_leads_nowhere_is_not_replaced(tmp_path: Path, elsewhere: Path) -> None:
    link = tmp_path / "data" / "jobs.duckdb"
    for migrate in (False, True):
        with pytest.raises(DatabaseUnusable, match="Mount the disk that it is on") as caught:
            open_engine(link, migrate=migrate)
        assert str(tmp_path) not in str(caught.value)
    assert link.is_symlink()
    assert list(elsewhere.iterdir()) == []


def test_log_of_a_linked_database_is_looked_for_beside_its_target(
    tmp_path: Path, elsewhere: Path
) -> None:
    link, target = tmp_path / "data" / "jobs.duckdb", elsewhere / "real.duckdb"
    open_engine(target).dispose()
    engine = open_engine(link)
    assert engine.url.database == str(target)
    with engine.begin() as connection:
        connection.execute(text("PRAGMA disable_checkpoint_on_shutdown"))
        connection.execute(text("CREATE TABLE t (x INTEGER)"))
    engine.dispose()
    log_of(target).write_bytes(b"x" * 5000)
    with pytest.raises(DatabaseDamaged):
        open_engine(link)


# Permissions


def test_database_and_log_are_for_this_user_alone(tmp_path: Path) -> None:
    database = tmp_path / "new" / "jobs.duckdb"
    open_engine(database).dispose()
    database.chmod(0o644)
    engine = open_engine(database)
    store = OwnedJobStore(engine, MemoryQueueService)
    store.submit(uuid.uuid4(), "yolo_ocr", "video_jobs/a.mp4")
    for path, mode in ((database, 0o600), (log_of(database), 0o600), (database.parent, 0o700)):
        assert path.stat().st_mode & 0o777 == mode, path
    store.close()


@pytest.mark.parametrize(("before", "after"), [(0o755, 0o700), (0o1777, 0o1777)])
def test_data_folder_is_for_this_user_alone(
    data_folder: Path, before: int, after: int, api: APIClient
) -> None:
    data_folder.chmod(before)
    composition.job_store().join()
    assert data_folder.stat().st_mode & 0o7777 == after
    job_id = api.post("/v1/video/submit", {"file": mp4()}).json()["job_id"]
    video = data_folder / video_name(job_id)
    assert (video.stat().st_mode & 0o777, video.parent.stat().st_mode & 0o777) == (0o600, 0o700)


def test_snapshot_is_copied_again_if_a_checkpoint_ends_meanwhile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise the copy would have neither the row nor the log that holds it."""
    database, copied = tmp_path / "jobs.duckdb", list[str]()
    engine = open_engine(database)
    store = OwnedJobStore(engine, MemoryQueueService)
    job = store.submit(uuid.uuid4(), "yolo_ocr", "a.mp4")

    def copy(source: Path, target: Path) -> None:
        shutil.copyfile(source, target)
        if not copied:
            with engine.connect() as connection:
                connection.execute(text("CHECKPOINT"))
        copied.append(source.name)

    monkeypatch.setattr(snapshot, "copyfile", copy)
    with snapshot.snapshot(database) as found, found.connect() as connection:
        assert connection.execute(text("SELECT job_id FROM jobs")).scalars().all() == [job.job_id]
    assert copied == [database.name] * 2  # the checkpoint removed the log
    store.close()
