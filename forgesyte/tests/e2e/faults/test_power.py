"""The power fails at a random moment: every acknowledged job is there afterwards.

strace(1) records the system calls of an installation. For each cut a model of the disk takes the
calls up to there; of what was not fsynced, any part is lost.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

from forgesyte.installation import MANAGE
from forgesyte.tests.e2e.faults.conftest import SEED, Report, runs
from forgesyte.tests.e2e.faults.disk_model import OPTIONS, Call, Disk, calls
from forgesyte.tests.e2e.faults.power_workload import results_of, video_of
from jobs.database import open_engine
from jobs.exceptions import JobNotFound, JobsError
from jobs.models import JobStatus
from jobs.queue.memory import MemoryQueueService
from jobs.storage.names import results_name, video_name
from jobs.store.owner import OwnedJobStore

WORKLOAD = "forgesyte.tests.e2e.faults.power_workload"


class Recording(NamedTuple):
    data: Path
    log: Path
    calls: list[Call]


def record(folder: Path, jobs: int) -> Recording:
    """The calls of a process that takes jobs and completes every second one."""
    data, trace, log = folder / "data", folder / "trace", folder / "log"
    data.mkdir()
    subprocess.run(
        ["strace", *OPTIONS, "-o", trace, sys.executable, "-m", WORKLOAD, str(jobs), log],
        cwd=MANAGE.parent,
        env={**os.environ, "FORGESYTE_DATA_DIR": str(data)},
        check=True,
    )
    with trace.open() as lines:
        return Recording(data, log, list(calls(lines)))


def cut(recording: Recording, folder: Path, count: int) -> tuple[int, list[str]]:
    """Cut at random calls; how many acknowledgements there were before, and what is missing."""
    chance = random.Random(SEED)
    disk, number, told, missing = Disk(recording.data, recording.log), 0, 0, []
    while not disk.told:
        disk.do(recording.calls[number])
        number += 1
    moments = sorted(chance.sample(range(number, len(recording.calls) + 1), count))
    for cut_number, moment in enumerate(moments):
        for call in recording.calls[number:moment]:
            disk.do(call)
        number, target = moment, folder / f"cut-{cut_number}"
        disk.cut(target, chance)
        lines = disk.told.decode().splitlines()
        told += len(lines)
        missing += [f"call {moment}: {fault}" for fault in faults_of(target, lines)]
    return told, missing


def faults_of(folder: Path, acknowledged: list[str]) -> Iterator[str]:
    """What was acknowledged and is not there, or not whole."""
    try:
        store = OwnedJobStore(open_engine(folder / "foregsyte.duckdb"), MemoryQueueService)
    except JobsError as error:
        yield f"the database does not open: {error} {error.__cause__}"
        return
    for line in acknowledged:
        kind, name, number = line.split()
        job_id = UUID(name)
        try:
            job = store.get(job_id)
        except JobNotFound:
            yield f"{line}: lost"
            continue
        path, expected = folder / video_name(job_id), video_of(int(number))
        if kind == "completed":
            path, expected = folder / results_name(job_id), results_of(name)
        if not path.is_file() or path.read_bytes() != expected:
            yield f"{line}: {path.name} is not whole"
        if kind == "completed" and job.status is not JobStatus.COMPLETED:
            yield f"{line}: {job.status}"
    store.close()


@runs(short=8, full=50)
def test_power(count: int, tmp_path: Path, report: Report) -> None:
    recording = record(tmp_path, jobs=4 if count < 20 else 30)
    told, missing = cut(recording, tmp_path, count)
    report(calls=len(recording.calls), cuts=count, acknowledged=told, missing=missing[:20])
    assert told > 0
    assert missing == []
    if count < 20:
        unsafe = [call for call in recording.calls if "sync" not in call.name]
        unsafe_recording = recording._replace(calls=unsafe)
        assert cut(unsafe_recording, tmp_path / "unsafe", 4)[1], "a missing fsync is not found"
