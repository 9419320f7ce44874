"""A damaged or foreign database: refused with what to do, and left as it is."""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
from sqlalchemy import text

from jobs.database import open_engine
from jobs.exceptions import DatabaseDamaged, DatabaseUnusable, JobsError, SchemaMismatch
from jobs.queue.memory import MemoryQueueService
from jobs.repository import log_of
from jobs.store.owner import OwnedJobStore

JOBS = 40
# Where the first block of DuckDB's data begins, after three headers of 4 KiB.
FIRST_BLOCK = 3 * 4096


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as a kill leaves it: half of the jobs in the database, half in its log."""
    folder = tmp_path_factory.mktemp("whole")
    made = folder / "made"
    database = made / "jobs.duckdb"
    engine = open_engine(database)
    store = OwnedJobStore(engine, MemoryQueueService)
    for _ in range(JOBS // 2):
        store.submit(job := uuid.uuid4(), "yolo_ocr", f"video_jobs/{job}.mp4")
    with engine.connect() as connection:
        connection.execute(text("CHECKPOINT"))
    for _ in range(JOBS // 2):
        store.submit(job := uuid.uuid4(), "yolo_ocr", f"video_jobs/{job}.mp4")
    shutil.copytree(made, folder / "killed")
    store.close()
    return folder / "killed"


@pytest.fixture
def database(whole: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    shutil.copytree(whole, folder)
    return folder / "jobs.duckdb"


def content(folder: Path) -> dict[str, bytes | None]:
    return {path.name: path.read_bytes() if path.is_file() else None for path in folder.iterdir()}


def count(database: Path) -> int:
    engine = open_engine(database)
    with engine.connect() as connection:
        number: int = connection.execute(text("SELECT count(*) FROM jobs")).scalar_one()
    engine.dispose()
    return number


def flip(path: Path, offset: int) -> None:
    damaged = bytearray(path.read_bytes())
    damaged[offset] ^= 4
    path.write_bytes(damaged)


def overwrite(path: Path, offset: int, data: bytes) -> None:
    with path.open("r+b") as file:
        file.seek(offset)
        file.write(data)


def replace_by_another_format(database: Path) -> None:
    database.write_bytes(b"SQLite format 3\0".ljust(4096, b"\0"))
    log_of(database).unlink()


DAMAGES: dict[str, Callable[[Path], object]] = {
    "empty": lambda database: database.write_bytes(b""),
    "header overwritten": lambda database: overwrite(database, 0, os.urandom(4096)),
    "second header overwritten": lambda database: overwrite(database, 4096, b"x" * 8192),
    "cut to its headers": lambda database: os.truncate(database, FIRST_BLOCK),
    "cut in a header": lambda database: os.truncate(database, 100),
    "cut in half": lambda database: os.truncate(database, database.stat().st_size // 2),
    "another format": replace_by_another_format,
    "bit in a block": lambda database: flip(database, FIRST_BLOCK + 1000),
    "log overwritten": lambda database: log_of(database).write_bytes(os.urandom(5000)),
    "log's head overwritten": lambda database: overwrite(log_of(database), 0, b"x" * 64),
    "bit in the log": lambda database: flip(log_of(database), 3000),
}


def test_what_a_kill_leaves_is_whole(database: Path) -> None:
    assert count(database) == JOBS


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES.keys())
def test_damage_is_told_and_nothing_is_changed(
    database: Path, damage: Callable[[Path], object]
) -> None:
    damage(database)
    before = content(database.parent)
    for migrate in (False, True):
        with pytest.raises(DatabaseDamaged, match=r"restore foregsyte\.duckdb") as caught:
            open_engine(database, migrate=migrate)
        assert str(database.parent) not in str(caught.value)
        assert content(database.parent) == before


def test_folder_in_its_place(database: Path) -> None:
    database.unlink()
    database.mkdir()
    with pytest.raises(JobsError, match="Is a directory"):
        open_engine(database)
    assert database.is_dir()


@pytest.mark.parametrize("offset", [FIRST_BLOCK + step * 40_000 + 500 for step in range(20)])
def test_a_flipped_bit_is_harmless_or_told(database: Path, offset: int) -> None:
    """DuckDB checks a block when it reads it; what it does not read holds no job."""
    flip(database, min(offset, database.stat().st_size - 1))
    before = content(database.parent)
    try:
        assert count(database) == JOBS
    except DatabaseDamaged:
        assert content(database.parent) == before


def test_the_torn_end_of_a_log_costs_only_what_was_not_committed(database: Path) -> None:
    log = log_of(database)
    os.truncate(log, log.stat().st_size - 30)
    assert count(database) == JOBS - 1


@pytest.mark.parametrize("rest", [b"", bytes(4096)])
def test_a_log_in_which_nothing_was_committed(database: Path, rest: bytes) -> None:
    log_of(database).write_bytes(rest)
    assert count(database) == JOBS // 2


def test_database_of_another_program(tmp_path: Path) -> None:
    database = tmp_path / "jobs.duckdb"
    connection = duckdb.connect(str(database))
    connection.sql("SELECT 1 AS value").create("measurements")
    connection.close()
    before = content(tmp_path)
    for migrate in (False, True):
        with pytest.raises(SchemaMismatch, match="tables of another program"):
            open_engine(database, migrate=migrate)
        assert content(tmp_path) == before


def test_missing_database_beside_its_log(database: Path) -> None:
    database.unlink()
    before = content(database.parent)
    with pytest.raises(DatabaseUnusable, match="is missing, but its log"):
        open_engine(database)
    assert content(database.parent) == before
