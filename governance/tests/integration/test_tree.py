"""This tree holds nothing of what is out."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest

from governance.scanner import scan
from governance.validate_phase16_path import ROOT
from governance.vocabulary import Vocabulary, load

TERMS = {"websocket", "streaming", "gpu_schedule", "distributed", "gpu_worker", "sse", "real_time"}


@pytest.fixture(scope="module")
def found() -> list[str]:
    rules = load()
    folders = [ROOT / name for name in rules.functional_folders]
    return [str(problem) for problem in scan(folders, Vocabulary(rules.terms))]


def _of(found: list[str], *terms: str) -> list[str]:
    return [line for line in found if any(f": {term}" in line for term in terms)]


def test_no_forbidden_vocabulary(found: list[str]) -> None:
    assert {term.name for term in load().terms} == TERMS
    apps = [name for name in ("forgesyte", "jobs", "pipeline") if (ROOT / name).is_dir()]
    assert load().functional_folders == apps
    assert found == []


def test_no_websockets(found: list[str]) -> None:
    assert _of(found, "websocket") == []


def test_no_streaming(found: list[str]) -> None:
    assert _of(found, "streaming", "sse", "real_time") == []


def test_no_gpu_scheduling(found: list[str]) -> None:
    assert _of(found, "gpu_schedule", "gpu_worker") == []


def test_no_distributed(found: list[str]) -> None:
    assert _of(found, "distributed") == []


def test_governance_scanner_runs() -> None:
    """From any folder, within two seconds of CPU time."""
    script = str(ROOT / "governance" / "validate_phase16_path.py")
    before = _children_cpu_s()
    done = subprocess.run(
        [sys.executable, script], cwd="/", capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert _children_cpu_s() - before < 2


def _children_cpu_s() -> float:
    times = os.times()
    return times.children_user + times.children_system


def test_product_code_imports_no_tests() -> None:
    imports = re.compile(r"^\s*(?:from|import) \w+(?:\.\w+)*\.tests\b", re.MULTILINE)
    product = [
        path
        for app in load().functional_folders
        for path in (ROOT / app).rglob("*.py")
        if "tests" not in path.parts
    ]
    assert len(product) > 1
    assert [path for path in product if imports.search(path.read_text(encoding="utf-8"))] == []


def test_no_container_or_service_file() -> None:
    """Plain processes, no containers or service files (G19)."""
    kinds = ("Dockerfile*", "docker-compose*", "compose.y*ml", "*.service", "supervisord.conf")
    assert [path for kind in kinds for path in ROOT.glob(kind)] == []
