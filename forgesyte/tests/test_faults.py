"""Small runs of `manage.py faults`."""

from __future__ import annotations

from pathlib import Path

import pytest

from forgesyte.faults import damage, full_disk, surroundings
from forgesyte.tests.conftest import TINY_MP4


def test_full_disk(tmp_path: Path, data_dir: Path) -> None:
    assert data_dir == tmp_path / "data"
    stages = ("row", "results", "checkpoint")
    figures = list(full_disk.measure(tmp_path, TINY_MP4, stages))
    assert [figure["stage"] for figure in figures] == list(stages)
    assert all(figure["ok"] for figure in figures), figures


def test_damage(tmp_path: Path, data_dir: Path) -> None:
    assert data_dir == tmp_path / "data"
    stages = ("results damaged", "read-only while running")
    figures = list(damage.measure(tmp_path, TINY_MP4, seed=1, stages=stages))
    assert [figure["stage"] for figure in figures] == list(stages)
    assert all(figure["ok"] for figure in figures), figures


@pytest.mark.timeout(400)  # four processes that load models
def test_surroundings(tmp_path: Path, data_dir: Path, model_cache: Path) -> None:
    (tmp_path / "models").symlink_to(model_cache, target_is_directory=True)
    (figure,) = surroundings.measure(tmp_path, TINY_MP4, sockets=("file",))
    assert figure["ok"], figure
