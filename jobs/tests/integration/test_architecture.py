"""What imports what, and how many modules a request or a run enters."""

from __future__ import annotations

import ast
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from rest_framework.test import APIClient

from jobs import composition
from jobs.storage.base import StorageService
from jobs.tests.bench import FakePipeline
from jobs.tests.conftest import mp4
from jobs.worker import JobWorker

ROOT = Path(__file__).parents[3]
PACKAGES = ("forgesyte", "jobs", "pipeline")
WORKER = (
    "jobs.worker",
    "jobs.job_run",
    "jobs.worker_display",
    "jobs.management.commands.run_worker",
)
PIPELINE_PROCESS = ("pipeline.process", "pipeline.child", "pipeline.service")


def module_name(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


@cache
def imports() -> dict[str, set[str]]:
    """What each module of product code imports of this project, in functions too."""
    paths = [path for top in PACKAGES for path in (ROOT / top).rglob("*.py")]
    modules = {module_name(path): path for path in paths if "tests" not in path.parts}
    found: dict[str, set[str]] = {}
    for name, path in modules.items():
        targets: set[str] = set()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                targets.update(alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module:
                for alias in node.names:
                    whole = f"{node.module}.{alias.name}"
                    targets.add(whole if whole in modules else node.module)
        found[name] = targets & modules.keys()
    return found


def test_imports_point_one_way() -> None:
    for name, targets in imports().items():
        package = name.partition(".")[0]
        above = PACKAGES[: PACKAGES.index(package)]
        assert not [t for t in targets if t.partition(".")[0] in above], name


def test_only_the_worker_imports_the_worker() -> None:
    for name, targets in imports().items():
        if name.startswith("jobs.") and name not in WORKER:
            assert not targets & {*WORKER, *PIPELINE_PROCESS}, name


def test_imports_of_jobs_are_ten_levels_deep_at_most() -> None:
    @cache
    def level(name: str) -> int:
        below = [target for target in imports()[name] if target.startswith("jobs.")]
        return 1 + max(map(level, below), default=0)

    deep = {name: level(name) for name in imports() if name.startswith("jobs.")}
    assert {name: depth for name, depth in deep.items() if depth > 10} == {}


@pytest.mark.parametrize(
    "serving", ["jobs.api.urls", "jobs.pages.urls", "forgesyte.wsgi", "forgesyte.urls"]
)
def test_serving_loads_no_module_of_the_worker(serving: str) -> None:
    program = (
        "import os, sys, django; os.environ['DJANGO_SETTINGS_MODULE'] = 'forgesyte.settings'; "
        f"django.setup(); import {serving}, forgesyte.management.commands.serve; "
        f"print(sorted({{*{WORKER + PIPELINE_PROCESS}}} & sys.modules.keys()))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, check=True, capture_output=True, text=True
    )
    assert done.stdout.strip() == "[]"


@contextmanager
def entered() -> Iterator[Callable[[Callable[[], Any]], set[str]]]:
    """Gives a function that runs another one and returns the modules whose functions were called.

    In all threads that are started meanwhile, so the store has to be opened in here.
    """
    seen: set[str] = set()

    def note(frame: FrameType, event: str, argument: object) -> None:
        code = frame.f_code
        if event == "call" and code.co_filename.startswith(f"{ROOT}/") and code.co_name[0] != "<":
            path = Path(code.co_filename)
            if path.relative_to(ROOT).parts[0] in PACKAGES and "tests" not in path.parts:
                seen.add(module_name(path))

    def run(work: Callable[[], Any]) -> set[str]:
        work()  # what is cached or compiled once is not counted
        seen.clear()
        sys.setprofile(note)
        work()
        sys.setprofile(None)
        return set(seen)

    threading.setprofile(note)
    try:
        yield run
    finally:
        threading.setprofile(None)
        sys.setprofile(None)


def test_few_modules_are_entered(
    api: APIClient, data_folder: Path, storage: StorageService
) -> None:
    jobs: list[str] = []

    def submit() -> None:
        answer = api.post("/v1/video/submit", {"file": mp4(), "pipeline_id": "yolo_ocr"})
        jobs.append(answer.json()["job_id"])

    with entered() as modules_of:
        composition.job_store().join()
        submitting = modules_of(submit)
        polling = modules_of(lambda: api.get(f"/v1/video/status/{jobs[0]}"))
        worker = JobWorker(
            composition.job_store(), storage, FakePipeline(), composition.temp_folder()
        )
        running = modules_of(worker.run_once)
    assert "jobs.store.resident" in submitting and "jobs.worker" in running
    # In the process that owns the store; a server enters forgesyte.wsgi, too.
    for modules, most in ((submitting, 16), (polling, 9), (running, 13)):
        assert len(modules) <= most, modules
