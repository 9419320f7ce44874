"""Every pull request is checked: all four steps, in order, none of them optional."""

from __future__ import annotations

import re
import tomllib
from typing import Any

import pytest
import yaml

from governance.validate_phase16_path import ROOT

WORKFLOW = ROOT / ".github" / "workflows" / "phase16_validation.yml"
STEPS = [
    ".venv/bin/python governance/validate_phase16_path.py",
    ".venv/bin/python manage.py validate_pipelines",
    ".venv/bin/python -m pytest --cov",
    ".venv/bin/python manage.py smoke_test",
]
SHELL_BLOCK = re.compile(r"```bash\n(.*?)```", re.DOTALL)


@pytest.fixture(scope="module")
def workflow() -> dict[Any, Any]:
    content: dict[Any, Any] = yaml.safe_load(WORKFLOW.read_text())
    return content


@pytest.fixture(scope="module")
def steps(workflow: dict[Any, Any]) -> list[dict[str, Any]]:
    (job,) = workflow["jobs"].values()
    found: list[dict[str, Any]] = job["steps"]
    return found


def test_it_runs_on_every_pull_request_to_main(workflow: dict[Any, Any]) -> None:
    triggers = workflow[True]  # YAML 1.1 reads the key `on` as true.
    assert triggers == {"pull_request": {"branches": ["main"]}, "push": {"branches": ["main"]}}


def test_it_runs_the_four_steps_in_order(steps: list[dict[str, Any]]) -> None:
    commands = [step.get("run", "") for step in steps]
    places = [
        next(i for i, command in enumerate(commands) if command.startswith(step)) for step in STEPS
    ]
    assert places == sorted(places)
    assert any(command.startswith(".venv/bin/pre-commit run --all-files") for command in commands)
    assert "make audit PYTHON=python" in commands


def test_no_step_is_optional(workflow: dict[Any, Any], steps: list[dict[str, Any]]) -> None:
    (job,) = workflow["jobs"].values()
    assert set(job) == {"runs-on", "strategy", "timeout-minutes", "steps"}
    assert job["strategy"] == {"matrix": {"python": ["3.11", "3.12", "3.13"]}}
    for step in steps:
        assert set(step) <= {"name", "uses", "with", "run"}
        assert not re.search(r"\|\||;|&|set \+e|\n.|-k |-m not|--deselect", step.get("run", ""))


def test_actions_are_pinned_by_commit() -> None:
    uses = re.findall(r"uses: (.*)", WORKFLOW.read_text())
    assert len(uses) == 2
    for line in uses:
        assert re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", line)


def test_the_token_can_only_read(workflow: dict[Any, Any]) -> None:
    assert workflow["permissions"] == {"contents": "read"}


def test_coverage_below_90_percent_fails() -> None:
    coverage = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["coverage"]
    assert coverage["report"]["fail_under"] >= 90
    assert coverage["run"]["branch"] is True
    assert coverage["run"]["source"] == ["forgesyte", "governance", "jobs", "pipeline"]


def test_the_pull_request_template_names_what_is_there() -> None:
    text = (ROOT / ".github" / "pull_request_template.md").read_text()
    (block,) = SHELL_BLOCK.findall(text)
    assert [line for line in block.splitlines() if line in STEPS] == STEPS
    names = re.findall(r"`((?:\w+|\.github)/[\w./]*)`", text)
    assert len(names) > 10
    for name in names:
        assert (ROOT / name).exists(), name
    for command in re.findall(r"manage\.py (\w+)", text):
        assert list(ROOT.glob(f"*/management/commands/{command}.py")), command


def test_the_commit_hooks_are_the_six_checks() -> None:
    (repository,) = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"]
    assert repository["repo"] == "local"
    hooks = {hook["id"]: hook for hook in repository["hooks"]}
    assert list(hooks) == ["black", "ruff", "mypy", "bandit", "private-keys", "governance"]
    assert hooks["governance"]["entry"] == STEPS[0]
    assert hooks["governance"]["always_run"] is True
    assert not any("exclude" in hook or "stages" in hook for hook in hooks.values())
