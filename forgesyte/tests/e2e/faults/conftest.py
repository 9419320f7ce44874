"""Fault-injection tests: break things, check that nothing acknowledged is lost.

Every test run includes the short runs. `pytest -m faults` makes the full ones, each of which prints
its figures as a JSON line; `-k kills` (unanswered, disk, power, videos,
requests, bounds) picks a kind. Environment:
FAULTS_COUNT, the rounds, cuts, files or requests (default: see `runs` at each test), and
FAULTS_SEED (default 1).
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from typing import Any

import pytest

SEED = int(os.environ.get("FAULTS_SEED", "1"))
FULL = (pytest.mark.faults, pytest.mark.timeout(0))
Report = Callable[..., None]


def runs(short: int, full: int) -> pytest.MarkDecorator:
    """Parametrise a test with its `count`: a short run, and a full one that is marked `faults`."""
    count = int(os.environ.get("FAULTS_COUNT", full))
    values = [pytest.param(short, id="short"), pytest.param(count, id="full", marks=FULL)]
    return pytest.mark.parametrize("count", values)


@pytest.fixture
def report(request: pytest.FixtureRequest, capsys: pytest.CaptureFixture[str]) -> Report:
    """Print figures as a JSON line, in full runs only."""

    def show(**figures: Any) -> None:
        if request.node.get_closest_marker("faults"):
            with capsys.disabled():
                print(json.dumps({"test": request.node.name, "seed": SEED, **figures}), flush=True)

    return show
