"""Small runs of `manage.py faults`."""

from __future__ import annotations

from pathlib import Path

from forgesyte.faults import full_disk
from forgesyte.tests.conftest import TINY_MP4


def test_full_disk(tmp_path: Path, data_dir: Path) -> None:
    assert data_dir == tmp_path / "data"
    stages = ("upload", "row", "results", "checkpoint")
    figures = list(full_disk.measure(tmp_path, TINY_MP4, stages))
    assert [figure["stage"] for figure in figures] == list(stages)
    assert all(figure["ok"] for figure in figures), figures
