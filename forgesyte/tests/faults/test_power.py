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
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import pytest

from forgesyte.managed_process import MANAGE
from forgesyte.tests.faults.conftest import SEED, Report, runs
from forgesyte.tests.faults.disk_model import OPTIONS, Call, Disk, applied, calls
from forgesyte.tests.faults.power_workload import results_of, video_of
from jobs.database import open_engine
from jobs.exceptions import JobNotFound, JobsError
from jobs.models import JobStatus
from jobs.queue.memory import MemoryQueueService
from jobs.storage.names import results_name, video_name
from jobs.store.owner import OwnedJobStore

WORKLOAD = "forgesyte.tests.faults.power_workload"


@dataclass(frozen=True)
class Recording:
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
        env={
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "forgesyte.settings",
            "FORGESYTE_DATA_DIR": str(data),
        },
        check=True,
    )
    with trace.open() as lines:
        return Recording(data, log, list(calls(lines)))


def cut(recording: Recording, folder: Path, count: int) -> tuple[int, list[str]]:
    """Cut at `count` random calls after the first acknowledgement; how many acknowledgements there
    were at the cuts, and what was missing."""
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
        assert len(unsafe) < len(recording.calls)
        (tmp_path / "unsafe").mkdir()
        recording = Recording(recording.data, recording.log, unsafe)
        assert cut(recording, tmp_path / "unsafe", 4)[1], "the model finds no missing fsync"


def test_changes_of_a_file() -> None:
    assert applied(b"abcdef", [(2, b"XY"), 5, (7, b"z")]) == b"abXYe\0\0z"
    assert applied(b"abc", [5]) == b"abc\0\0"


def test_what_was_synced_is_there_and_the_rest_may_not_be(tmp_path: Path) -> None:
    disk = Disk(Path("/d"), Path("/log"))
    kept, other = (
        '"' + "".join(f"\\x{byte:02x}" for byte in b"/d/kept") + '"',
        r'"\x2f\x64\x2f\x6f"',
    )
    for name, arguments, result in (
        ("openat", ["AT_FDCWD", kept, "O_WRONLY|O_CREAT"], 3),
        ("write", ["3", r'"\x73\x61\x66\x65"'], 4),
        ("fsync", ["3"], 0),
        ("open", [r'"\x2f\x64"', "O_RDONLY"], 4),
        ("fsync", ["4"], 0),
        ("write", ["3", r'"\x21"'], 1),
        ("open", [other, "O_CREAT"], 5),
    ):
        disk.do(Call(name, arguments, result))
    seen = set()
    for seed in range(40):
        disk.cut(tmp_path / str(seed), random.Random(seed))
        seen.add(((tmp_path / f"{seed}/kept").read_bytes(), (tmp_path / f"{seed}/o").exists()))
    assert seen == {(content, there) for content in (b"safe", b"safe!") for there in (False, True)}
    with pytest.raises(ValueError, match="unknown call: writev"):
        disk.do(Call("writev", ["3"], 1))
