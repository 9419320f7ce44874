"""How long an idle worker takes to begin a job, from its 202 on."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime
from pathlib import Path

from forgesyte import answer_checks
from forgesyte.benchmarks.figures import Measurement, milliseconds
from forgesyte.installation import Installation
from pipeline.tests.fixtures.make_tiny_mp4 import make_tiny_mp4

JOB_S = 120.0
# The worker logs this once it has the row that it made `running`, with milliseconds.
BEGUN = re.compile(r"^(\S+ \S+) INFO jobs\.worker job (\S+): running", re.MULTILINE)
LIMITS = {"p50_ms": 20.0, "p99_ms": 100.0}


def measure(folder: Path, jobs: int) -> Measurement:
    """From the moment the client has the 202 to the worker's log line, on one clock.

    Each job is submitted when the one before has ended, so the worker is idle.
    """
    video = make_tiny_mp4(folder / "one_frame.mp4", frames=1)
    submitted: dict[str, float] = {}
    with Installation(folder / "data") as installation:
        installation.start()
        assert installation.worker is not None
        with installation.client() as client:
            # The first job waits for the models to be loaded.
            client.wait_for_end(answer_checks.submitted(client.submit(video)), JOB_S)
            for _ in range(jobs):
                job_id = answer_checks.submitted(client.submit(video))
                submitted[job_id] = time.time()
                client.wait_for_end(job_id, JOB_S)
        begun = dict(map(_moment, BEGUN.findall(installation.worker.output())))
    latencies = [begun[job_id] - at for job_id, at in submitted.items()]
    figures = milliseconds(latencies)
    return {
        "benchmark": "queue",
        "jobs": jobs,
        **figures,
        "begun_before_answer": sum(latency < 0 for latency in latencies),
        "resolution_ms": 1,
        "limits": LIMITS,
        "ok": all(figures[name] <= limit for name, limit in LIMITS.items()),
    }


def _moment(match: tuple[str, str]) -> tuple[str, float]:
    moment, job_id = match
    parsed = datetime.strptime(moment, "%Y-%m-%d %H:%M:%S,%f").replace(tzinfo=UTC)
    return job_id, parsed.timestamp()
