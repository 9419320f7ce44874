"""A power cut at random moments: every acknowledged job is there after it."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from forgesyte.benchmarks.figures import Measurement
from forgesyte.faults import power_trace
from forgesyte.faults.power_replay import Replay
from forgesyte.faults.power_workload import results_of, video_of
from forgesyte.faults.tracing import require_strace
from forgesyte.managed_process import MANAGE, ProcessFailed
from jobs.database import open_engine
from jobs.exceptions import JobNotFound, JobsError
from jobs.models import JobStatus
from jobs.queue.memory import MemoryQueueService
from jobs.storage.names import results_name, video_name
from jobs.store.owner import OwnedJobStore

DATABASE = "foregsyte.duckdb"
WORKLOAD = "forgesyte.faults.power_workload"


@dataclass(frozen=True)
class Recording:
    """The calls of a process on the folder `data`, which told of its jobs in the file `told`."""

    data: Path
    told: Path
    calls: list[power_trace.Call]


def measure(folder: Path, jobs: int, cuts: int, seed: int) -> Measurement:
    """Record an installation that takes `jobs` jobs, then cut the recording at random calls.

    Of what was not yet brought to the disk by fsync, any part is lost.
    """
    recording = record(folder, jobs)
    return {
        "fault": "power cut",
        "seed": seed,
        "jobs": jobs,
        **replay(recording, folder, cuts, seed),
    }


def record(folder: Path, jobs: int) -> Recording:
    """The calls of a process that takes jobs and completes every second one."""
    require_strace()
    data, trace, told = folder / "data", folder / "trace", folder / "acknowledged"
    data.mkdir(exist_ok=True)
    _run_workload(data, trace, told, jobs)
    with trace.open() as lines:
        return Recording(data, told, list(power_trace.read(lines)))


def replay(recording: Recording, folder: Path, cuts: int, seed: int) -> dict[str, Any]:
    """Cut the recording at random calls after the first acknowledgement, and look at each."""
    chance = random.Random(seed)  # noqa: S311  # nosec B311 # repeatable
    calls = recording.calls
    first = _first_acknowledgement(recording)
    moments = sorted(chance.sample(range(first + 1, len(calls) + 1), cuts))
    disk = Replay(recording.data, recording.told)
    acknowledged, faults, done = 0, [], 0
    for moment in moments:
        for call in calls[done:moment]:
            disk.do(call)
        done = moment
        target = folder / "cut"
        disk.disk.cut(target, chance)
        lines = disk.acknowledged.decode().splitlines()
        acknowledged += len(lines)
        faults += [f"call {moment}: {fault}" for fault in _missing(target, lines)]
        shutil.rmtree(target)
    return {
        "calls": len(calls),
        "cuts": len(moments),
        "acknowledged": acknowledged,
        "faults": faults[:20],
        "ok": not faults and acknowledged > 0,
    }


def _run_workload(data: Path, trace: Path, told: Path, jobs: int) -> None:
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "forgesyte.settings",
        "FORGESYTE_DATA_DIR": str(data),
    }
    command = ["strace", *power_trace.OPTIONS, "-o", str(trace), sys.executable]
    done = subprocess.run(
        [*command, "-m", WORKLOAD, str(jobs), str(told)],
        cwd=MANAGE.parent,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise ProcessFailed(f"The workload failed: {done.stderr.strip()[-500:]}")


def _first_acknowledgement(recording: Recording) -> int:
    disk = Replay(recording.data, recording.told)
    for number, call in enumerate(recording.calls):
        disk.do(call)
        if disk.acknowledged:
            return number
    raise ProcessFailed("The recording holds no acknowledged job.")


def _missing(folder: Path, acknowledged: list[str]) -> Iterator[str]:
    """What was acknowledged and is not there, or not whole."""
    try:
        store = OwnedJobStore(open_engine(folder / DATABASE), MemoryQueueService)
    except JobsError as error:
        yield f"the database does not open: {error} {error.__cause__}"
        return
    try:
        for line in acknowledged:
            yield from _faults_of(store, folder, *line.split())
    finally:
        store.close()


def _faults_of(store: OwnedJobStore, folder: Path, kind: str, name: str, *rest: Any) -> list[str]:
    job_id = UUID(name)
    try:
        job = store.get(job_id)
    except JobNotFound:
        return [f"{kind} job {name} is lost"]
    if kind == "completed":
        whole = _content(folder / results_name(job_id)) == results_of(name)
        done = job.status is JobStatus.COMPLETED
        return [] if done and whole else [f"completed job {name}: {job.status}, results {whole}"]
    whole = _content(folder / video_name(job_id)) == video_of(int(rest[0]))
    return [] if whole else [f"accepted job {name}: its video is not whole"]


def _content(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None
