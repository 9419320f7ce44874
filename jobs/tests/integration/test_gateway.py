"""The job store between processes: one owner, and another when it dies."""

from __future__ import annotations

import itertools
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from jobs.database import open_engine
from jobs.exceptions import StoreUnavailable
from jobs.models import JobStatus
from jobs.store.gateway import JobStoreGateway
from jobs.tests.store_process import gateway

ROOT = Path(__file__).parents[3]


class StoreProcess:
    """A running `store_process`."""

    def __init__(self, folder: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "jobs.tests.store_process", str(folder)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def call(self, operation: str, *args: Any) -> Any:
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.write(json.dumps([operation, *args]) + "\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        return answer.get("value", answer)

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate()


@pytest.fixture
def spawn(tmp_path: Path) -> Iterator[Callable[[], StoreProcess]]:
    started: list[StoreProcess] = []

    def start() -> StoreProcess:
        started.append(StoreProcess(tmp_path))
        return started[-1]

    yield start
    for process in started:
        process.kill()


def freeze(pid: int) -> None:
    """SIGSTOP takes effect a little after it is sent."""
    os.kill(pid, signal.SIGSTOP)
    while Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "T":
        time.sleep(0.001)


def test_second_process_sees_and_wakes_the_first(
    spawn: Callable[[], StoreProcess], here: JobStoreGateway
) -> None:
    other = spawn()
    assert other.call("size") == 0
    assert other.call("owns") is True
    job_id = uuid.uuid4()
    here.submit(job_id, "yolo_ocr", "video_jobs/a.mp4")
    assert here.owns_store is False
    assert other.call("claim", 30)["job_id"] == str(job_id)
    assert here.get(job_id).status is JobStatus.RUNNING


def test_client_takes_over_from_a_killed_owner(
    spawn: Callable[[], StoreProcess], here: JobStoreGateway
) -> None:
    owner = spawn()
    ids = [str(uuid.uuid4()) for _ in range(3)]
    for job_id in ids:
        owner.call("new_job", job_id)
    here.join()
    owner.kill()
    assert [str(job.job_id) for job in map(here.get, map(uuid.UUID, ids))] == ids
    assert here.owns_store is True
    claimed = here.claim()
    assert claimed is not None and str(claimed.job_id) == ids[0]


def test_claim_that_waits_survives_the_owners_death(
    spawn: Callable[[], StoreProcess], here: JobStoreGateway
) -> None:
    owner = spawn()
    owner.call("size")
    here.join()
    claimed: list[Any] = []
    waiting = threading.Thread(target=lambda: claimed.append(here.claim(timeout=60)))
    waiting.start()
    owner.kill()
    other = spawn()
    job_id = str(uuid.uuid4())
    other.call("new_job", job_id)
    waiting.join()
    assert str(claimed[0].job_id) == job_id


def test_always_one_owner_whoever_is_killed(
    tmp_path: Path, spawn: Callable[[], StoreProcess]
) -> None:
    """Nothing acknowledged is lost when owners die at random, and the file stays whole."""
    chance = random.Random(16)
    processes = [spawn() for _ in range(4)]
    acknowledged = []
    for _ in range(4):
        for process in processes:
            job_id = str(uuid.uuid4())
            assert process.call("new_job", job_id)["status"] == "pending"
            acknowledged.append(job_id)
        owners = [process for process in processes if process.call("owns")]
        assert len(owners) == 1
        owners[0].kill()
        processes[processes.index(owners[0])] = spawn()
        chance.shuffle(processes)
    for process, job_id in itertools.product(processes, acknowledged):
        assert process.call("get", job_id) == {"job_id": job_id, "status": "pending"}
    assert processes[0].call("size") == len(acknowledged)
    for process in processes:
        process.kill()
    engine = open_engine(tmp_path / "jobs.duckdb")
    engine.dispose()


def test_frozen_owner_gives_a_clear_error_in_bounded_time(
    tmp_path: Path, spawn: Callable[[], StoreProcess]
) -> None:
    owner = spawn()
    owner.call("size")
    impatient = gateway(tmp_path, timeout=0.3)
    impatient.join()
    freeze(owner.process.pid)
    try:
        begun = time.monotonic()
        with pytest.raises(StoreUnavailable, match="Try again"):
            impatient.size()
        assert time.monotonic() - begun < 10
    finally:
        os.kill(owner.process.pid, signal.SIGCONT)
    patient = gateway(tmp_path)
    assert patient.size() == 0
    impatient.close()
    patient.close()
