"""schemathesis asks a real API what the schema allows, and what it does not: all of its checks."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import uuid
from pathlib import Path

import pytest
from django.conf import settings

from forgesyte.installation import Installation
from forgesyte.tests.conftest import TINY_MP4
from jobs.composition import job_store

COMMAND = Path(sys.executable).with_name("schemathesis")
CONFIGURATION = Path(__file__).parents[1] / "schemathesis.toml"
RESULTS = '[{"frame_index": 0, "result": {"detections": [], "text": "GOAL"}}]'


@pytest.fixture
def completed(own_store: Path) -> str:
    """A job that has results; this process owns the store."""
    job_id = uuid.uuid4()
    video, results = (f"video_jobs/{job_id}{end}" for end in (".mp4", "_results.json"))
    (own_store / "video_jobs").mkdir()
    shutil.copy(TINY_MP4, own_store / video)
    (own_store / results).write_text(RESULTS)
    job_store().submit(job_id, "yolo_ocr", video)
    claimed = job_store().claim()
    assert claimed is not None
    job_store().complete(job_id, results)
    return str(job_id)


def test_the_api_does_what_its_schema_says(
    installation: Installation, completed: str, tmp_path: Path
) -> None:
    installation.start_api()
    done = subprocess.run(
        [
            *(COMMAND, "--no-color", "--config-file", CONFIGURATION, "run"),
            f"http://127.0.0.1:{installation.port}/v1/schema",
            *("--checks", "all", "--max-examples", "10", "--seed", "1"),
            "--generation-deterministic",
        ],
        cwd=tmp_path,  # it leaves a folder behind
        env={
            **os.environ,
            "FORGESYTE_COMPLETED_JOB": completed,
            "PYTHONPATH": str(settings.BASE_DIR),
        },
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    for phase in ("Coverage", "Fuzzing", "Stateful"):
        assert re.search(rf"✅ {phase}", done.stdout), done.stdout
    assert "3 covered / 3 selected" in done.stdout
    assert "Missing test data" not in done.stdout
    assert "Internal Server Error" not in installation.log()
