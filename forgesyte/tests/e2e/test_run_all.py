"""`manage.py run_all`: both processes up and down together."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from forgesyte import response_checks
from forgesyte.installation import (
    API_READY,
    WORKER_READY,
    Installation,
    ManagedProcess,
    wait_until,
)
from pipeline.tests.fixtures.make_tiny_mp4 import make_tiny_mp4

END_S = 60.0


@pytest.fixture
def both(installation: Installation) -> Iterator[ManagedProcess]:
    """`run_all`, with API and worker ready."""
    process = installation.command("run_all", "--port", str(installation.port))
    process.wait_ready(API_READY)
    process.wait_ready(WORKER_READY)
    yield process
    for child in children(process.pid):
        os.kill(child, signal.SIGKILL)


def children(pid: int) -> list[int]:
    found = Path(f"/proc/{pid}/task/{pid}/children")
    return list(map(int, found.read_text().split())) if found.exists() else []


def assert_gone(pids: list[int]) -> None:
    wait_until(
        lambda: not any(Path(f"/proc/{pid}").exists() for pid in pids), END_S, "not all are gone"
    )


def test_ctrl_c_stops_both(both: ManagedProcess) -> None:
    started = children(both.pid)
    assert len(started) == 2
    both.popen.send_signal(signal.SIGINT)
    assert both.wait_end(END_S) == 0
    assert_gone(started)
    assert both.failure() == "API and worker have stopped."


def test_when_one_ends_the_other_is_stopped(both: ManagedProcess) -> None:
    api, worker = children(both.pid)
    os.kill(worker, signal.SIGKILL)
    assert both.wait_end(END_S) == 1
    assert_gone([api, worker])
    assert "The worker ended by itself (exit status -9)" in both.output()


def test_second_signal_gives_the_job_back(
    both: ManagedProcess, installation: Installation, tmp_path: Path
) -> None:
    """It costs the job nothing: no interruption is counted. The first one closes the terminal."""
    process = both
    video = make_tiny_mp4(tmp_path / "long.mp4", frames=2000)
    with installation.client() as client:
        job_id = response_checks.submitted(client.submit(video))
        wait_until(lambda: client.status(job_id).json()["status"] == "running", END_S, "not begun")
        process.popen.send_signal(signal.SIGHUP)
        wait_until(lambda: "Finishing the current job" in process.output(), END_S, "not told")
        process.popen.send_signal(signal.SIGTERM)
    assert process.wait_end(END_S) == 0
    shell = installation.command("dbshell", "--", "-c", "SELECT status, error_message FROM jobs")
    assert shell.wait_end(END_S) == 0
    assert "pending | NULL" in shell.output()
