"""The time from the 202 of a submission until an idle worker starts the job."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from forgesyte import response_checks
from forgesyte.benchmarks.figures import Measurement, milliseconds
from forgesyte.installation import Installation
from pipeline.evaluation.drawn import write_mp4

JOB_S = 120.0
# The worker logs this, with milliseconds, once the job is running.
BEGUN = re.compile(r"^(\S+ \S+) INFO jobs\.worker job (\S+): running", re.MULTILINE)


def measure(options: dict[str, Any], folder: Path) -> Iterator[Measurement]:
    """Measure from the client's 202 to the worker's log line.

    Each job is submitted after the previous one has ended, so the worker is idle.
    """
    video = write_mp4([np.full((240, 320, 3), 114, np.uint8)], folder / "frame.mp4", crf=23)
    submitted: dict[str, float] = {}
    with Installation(folder / "data") as installation:
        installation.start()
        assert installation.worker is not None
        with installation.client() as client:
            # The first job waits for the models.
            client.wait_for_end(response_checks.submitted(client.submit(video)), JOB_S)
            for _ in range(options["jobs"]):
                job_id = response_checks.submitted(client.submit(video))
                submitted[job_id] = time.time()
                client.wait_for_end(job_id, JOB_S)
        begun = {job_id: at for at, job_id in BEGUN.findall(installation.worker.output())}
    latencies = [_seconds(begun[job_id]) - at for job_id, at in submitted.items()]
    counted = {"benchmark": "queue", "jobs": len(latencies)}
    yield {**counted, **milliseconds(latencies), "resolution_ms": 1}


def _seconds(moment: str) -> float:
    return datetime.strptime(moment, "%Y-%m-%d %H:%M:%S,%f").replace(tzinfo=UTC).timestamp()
