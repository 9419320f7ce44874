"""What the tests of forgesyte share: installations of real processes, on temporary folders."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import pytest
from django.conf import settings as project

from forgesyte.installation import MANAGE, Installation
from jobs import composition
from jobs.tests.conftest import forget_built

TINY_MP4 = project.BASE_DIR / "pipeline" / "tests" / "fixtures" / "tiny.mp4"
JOB_S = 120.0

Manage = Callable[..., "subprocess.CompletedProcess[str]"]


def api_pid(installation: Installation) -> int:
    """The process that answers requests: the child of `serve`, once it has one."""
    assert installation.api is not None
    children = psutil.Process(installation.api.pid).children()
    return children[0].pid if children else installation.api.pid


def pipeline_pid(installation: Installation) -> int | None:
    """The process that reads the videos: the worker's child, if there is one."""
    assert installation.worker is not None
    with suppress(psutil.NoSuchProcess):
        for child in psutil.Process(installation.worker.pid).children():
            if any("spawn_main" in word for word in child.cmdline()):
                return child.pid
    return None


@pytest.fixture(scope="session", autouse=True)
def signals_as_in_a_terminal() -> None:
    """Processes inherit what nohup(1) and a shell's background jobs ignore."""
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def model_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The exported models, made by the first worker and used by all."""
    return tmp_path_factory.mktemp("model-cache")


@pytest.fixture
def data_dir(tmp_path: Path, model_cache: Path) -> Path:
    """An empty data folder but for the models."""
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "cache").symlink_to(model_cache, target_is_directory=True)
    return folder


@pytest.fixture
def installation(data_dir: Path) -> Iterator[Installation]:
    """Nothing is started yet; whatever the test starts is ended."""
    with Installation(data_dir) as installation:
        yield installation


@pytest.fixture
def manage(data_dir: Path) -> Manage:
    """Run a `manage.py` command on the data folder to its end."""

    def run(
        *arguments: str, stdin: str = "", **environment: str
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, str(MANAGE), *arguments],
            env={**os.environ, "FORGESYTE_DATA_DIR": str(data_dir), **environment},
            input=stdin,
            capture_output=True,
            text=True,
            timeout=150,
            check=False,
        )

    return run


@pytest.fixture
def own_store(
    data_dir: Path,
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
    django_db_blocker: Any,
) -> Iterator[Path]:
    """Point this process at the data folder; it owns the job store once it asks for it."""
    settings.DATA_DIR = data_dir
    settings.JOB_STORAGE = {**settings.JOB_STORAGE, "OPTIONS": {"root": data_dir}}
    settings.JOB_STORE_TIMEOUT_S = 5.0
    monkeypatch.setitem(settings.DATABASES["default"], "NAME", data_dir / "foregsyte.duckdb")
    forget_built()
    with django_db_blocker.unblock():
        yield data_dir
    composition.job_store().close()
    forget_built()
