"""Imports of what is out are found by ruff, whatever a comment says."""

from __future__ import annotations

import subprocess
import sys

import pytest

from governance.validate_phase16_path import ROOT

COMMAND = [sys.executable, "-m", "ruff", "check", "--select", "TID251", "--no-cache"]
OPTIONS = ["--ignore-noqa", "--output-format", "concise"]


def ruff(*arguments: str, source: str = "") -> tuple[int, str]:
    done = subprocess.run(
        [*COMMAND, *OPTIONS, *arguments],
        cwd=ROOT,
        input=source,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stdout


def test_the_tree_imports_nothing_that_is_out() -> None:
    assert ruff(".") == (0, "All checks passed!\n")


@pytest.mark.parametrize(
    "source",
    [
        "import celery",
        "def f():\n    import django.contrib.auth",
        "from redis.client import Redis",
        "from sqlalchemy.ext import asyncio",
        "import torch\n\ntorch.distributed.init_process_group()",
        "import channels  # noqa",
        "from rest_framework.permissions import AllowAny",
        "import sqlite3",
        "import boto3",
    ],
)
@pytest.mark.parametrize("file", ["jobs/views.py", "pipeline/tests/test_x.py"])
def test_a_banned_import_is_found(source: str, file: str) -> None:
    code, output = ruff("--stdin-filename", file, "-", source=source)
    assert (code, "TID251" in output) == (1, True)
