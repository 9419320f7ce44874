"""This tree holds nothing of what is out."""

from __future__ import annotations

import ast
import subprocess
import sys

import pytest

from governance.cli import ROOT, scan
from governance.config import Rules, load
from governance.problem import Problem


@pytest.fixture(scope="module")
def rules() -> Rules:
    return load()


@pytest.fixture(scope="module")
def problems(rules: Rules) -> list[Problem]:
    return list(scan(rules, []))


def _of(problems: list[Problem], *names: str) -> list[str]:
    return [str(problem) for problem in problems if problem.term.split()[0] in names]


def test_no_forbidden_vocabulary(problems: list[Problem], rules: Rules) -> None:
    assert {term.name for term in rules.terms} >= {
        "websocket", "streaming", "gpu_schedule", "distributed", "gpu_worker", "sse", "real_time",
    }  # fmt: skip
    assert [str(problem) for problem in problems] == []


def test_no_websockets(problems: list[Problem]) -> None:
    assert _of(problems, "websocket") == []


def test_no_streaming(problems: list[Problem]) -> None:
    assert _of(problems, "streaming", "sse", "real_time") == []


def test_no_gpu_scheduling(problems: list[Problem]) -> None:
    assert _of(problems, "gpu_schedule", "gpu_worker") == []


def test_no_distributed(problems: list[Problem]) -> None:
    assert _of(problems, "distributed") == []


def test_governance_scanner_runs() -> None:
    """From any folder, and without the packages of the project but PyYAML."""
    script = str(ROOT / "governance" / "validate_phase16_path.py")
    result = subprocess.run(
        [sys.executable, script], cwd="/", capture_output=True, text=True, timeout=60
    )
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")


def test_the_scanner_needs_only_pyyaml() -> None:
    code = (
        f"import sys; sys.path.insert(0, {str(ROOT)!r}); import governance.cli, os; "
        "print({name for name, module in sys.modules.items() if '.' not in name "
        "and 'site-packages' in (getattr(module, '__file__', None) or '')})"
    )
    result = subprocess.run(
        [sys.executable, "-I", "-c", code], capture_output=True, text=True, timeout=60
    )
    assert ast.literal_eval(result.stdout) - {"_distutils_hack", "coverage"} == {"yaml"}


def test_the_statuses_and_columns_of_the_rules_are_those_of_the_job(rules: Rules) -> None:
    assert len(rules.job_model.columns) == 8
    assert rules.job_model.statuses == {"pending", "running", "completed", "failed"}
