"""A small run of `manage.py benchmark kills`: nothing is lost, whatever is killed."""

from __future__ import annotations

from pathlib import Path

from forgesyte.benchmarks import kills
from forgesyte.tests.conftest import TINY_MP4


def test_no_job_is_lost_when_processes_are_killed(tmp_path: Path, data_dir: Path) -> None:
    assert data_dir == tmp_path / "data"
    outcome = kills.measure(tmp_path, TINY_MP4, jobs=10, kills=4, seed=2)
    assert outcome["ok"], outcome
    assert sum(outcome["kills"].values()) == 4
    assert outcome["answered"] == 10
