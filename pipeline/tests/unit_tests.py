"""A pytest plugin: marks the tests that `make unit` runs, those of modules that start nothing.

A module that names processes, browsers, servers or models in its source is none of them. Loaded by
pytest.ini for every app.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

STARTS_SOMETHING = re.compile(
    r"subprocess|multiprocessing|[Pp]rocess(es)?\b|_process\b|[Ii]nstallation|[Bb]rowser|\bmanage\b"
    r"|threading\.Thread|time\.sleep|ultralytics|openvino|[Rr]apid|tesseract|[Ss]ervice\(|encode_video"
    r"|make_tiny_mp4|call_command|TINY_MP4|train|evaluation|benchmark|faults"
)


FIXTURES = {"installation", "manage", "model_cache", "page", "reader"}


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "unit: needs no other process, browser or model")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if not _starts_something(item.path) and not FIXTURES & set(
            getattr(item, "fixturenames", ())
        ):
            item.add_marker("unit")


@cache
def _starts_something(path: Path) -> bool:
    return STARTS_SOMETHING.search(path.read_text(encoding="utf-8")) is not None
