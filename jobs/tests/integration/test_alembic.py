"""The `alembic` commands of the migration guide, as an operator types them."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from jobs.locks import ProcessLock
from jobs.store.gateway import LOCK_NAME

ROOT = Path(__file__).parents[3]

Alembic = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def alembic(tmp_path: Path) -> Alembic:
    def run(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "alembic", *words],
            cwd=ROOT,
            env={**os.environ, "FORGESYTE_DATA_DIR": str(tmp_path / "data")},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    return run


def tables(folder: Path) -> list[str]:
    with duckdb.connect(str(folder / "data" / "foregsyte.duckdb"), read_only=True) as database:
        names = database.execute("SELECT table_name FROM duckdb_tables() ORDER BY 1").fetchall()
    return [name for (name,) in names]


def test_upgrade_makes_the_table_and_downgrade_drops_it(alembic: Alembic, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    up = alembic("upgrade", "head")
    assert up.returncode == 0, up.stderr
    assert tables(tmp_path) == ["alembic_version", "jobs"]
    current = alembic("current")
    assert current.stdout.split() == ["0001", "(head)"]
    down = alembic("downgrade", "base")
    assert down.returncode == 0, down.stderr
    assert tables(tmp_path) == ["alembic_version"]
    assert alembic("upgrade", "head").returncode == 0
    assert tables(tmp_path) == ["alembic_version", "jobs"]


def test_store_in_use_is_left_alone(alembic: Alembic, tmp_path: Path) -> None:
    owner = ProcessLock(tmp_path / "data" / "run" / LOCK_NAME)
    assert owner.acquire()
    refused = alembic("upgrade", "head")
    owner.release()
    assert refused.returncode == 1
    assert f"The job store is in use by process {os.getpid()}." in refused.stderr
    assert "Traceback" not in refused.stderr
    assert not (tmp_path / "data" / "foregsyte.duckdb").exists()


def test_scripts_are_not_written(alembic: Alembic, tmp_path: Path) -> None:
    refused = alembic("upgrade", "head", "--sql")
    assert refused.returncode == 1
    assert "run this without --sql" in refused.stderr
    assert not (tmp_path / "data" / "foregsyte.duckdb").exists()
