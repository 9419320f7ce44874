"""API and worker as two real processes: every order, restarts, and second starters."""

from __future__ import annotations

import signal
from functools import partial
from pathlib import Path

import pytest

from forgesyte import response_checks
from forgesyte.api_client import ApiClient
from forgesyte.installation import Installation, ManagedProcess, wait_until
from forgesyte.tests.conftest import JOB_S, TINY_MP4
from forgesyte.tests.e2e.faults.conftest import runs


def submit(client: ApiClient) -> str:
    return response_checks.submitted(client.submit(TINY_MP4))


def has_begun(worker: ManagedProcess, job_id: str) -> bool:
    """By its log: told to stop before it has the answer to its claim, it gives the job back."""
    return f"job {job_id}: running" in worker.output()


def assert_completed(client: ApiClient, *job_ids: str) -> None:
    for job_id in job_ids:
        assert client.wait_for_end(job_id, JOB_S).status == "completed"
        items = response_checks.results(client.results(job_id), job_id, 12, (320, 240))
        assert any("FORGE 42" in item["result"]["text"] for item in items)


@pytest.mark.parametrize("first", ["api", "worker"])
def test_the_owner_is_restarted(installation: Installation, first: str) -> None:
    """Whoever is started first owns the store; the other one takes over when it is killed."""
    starts = {"api": installation.start_api, "worker": installation.start_worker}
    second = "worker" if first == "api" else "api"
    owner = starts[first]()
    starts[second]()
    with installation.client() as client:
        before = submit(client)
        owner.kill()
        starts[first]()
        assert_completed(client, before, submit(client))


def test_a_worker_that_is_stopped_finishes_its_job(installation: Installation) -> None:
    """SIGHUP: its terminal is closed."""
    api = installation.start_api()
    with installation.client() as client:
        for number in (signal.SIGTERM, signal.SIGHUP):
            worker = installation.start_worker()
            job_id = submit(client)
            wait_until(partial(has_begun, worker, job_id), JOB_S, "not begun")
            worker.popen.send_signal(number)
            assert worker.wait_end(JOB_S) == 0
            assert client.status(job_id).json()["status"] == "completed"
    assert api.terminate() == 0


@runs(short=2, full=20)
def test_a_worker_without_its_gpu_fails_no_job(count: int, data_dir: Path) -> None:
    with Installation(data_dir, environment={"FORGESYTE_DEVICE": "cuda"}) as misconfigured:
        misconfigured.start_api()
        with misconfigured.client() as client:
            ids = [submit(client) for _ in range(count)]
        worker = misconfigured.start_worker(wait=False)
        assert worker.wait_end(JOB_S) == 1
        assert "Worker ready" not in worker.output()
        assert worker.failure() == (
            "The device is 'cuda', but this machine has no CUDA GPU. Use 'cpu' or 'auto'."
        )
        with misconfigured.client() as client, Installation(data_dir) as cured:
            for job_id in ids:
                assert response_checks.status(client.status(job_id), job_id)["status"] == "pending"
            cured.start_worker(wait=False)
            ends = [client.wait_for_end(job_id, JOB_S).status for job_id in ids]
    assert ends == ["completed"] * count


def test_second_starters_are_refused_with_the_pid_of_the_first(installation: Installation) -> None:
    installation.start()
    api, worker = installation.api, installation.worker
    assert api is not None and worker is not None
    folder = installation.data_dir
    refused = f"The API (PID {api.pid}) is already running on this data folder."
    for process in (api, worker):
        assert f"Data folder: {folder}" in process.output()
    for arguments, refusal in (
        (("serve", "--port", "0"), f"{refused} Data folder: {folder}"),
        (("demo",), refused),
        (
            ("run_worker",),
            f"A worker (PID {worker.pid}) is already running; only one is allowed. Data folder: "
            f"{folder}",
        ),
    ):
        second = installation.command(*arguments)
        assert second.wait_end() == 1
        assert refusal in second.failure()
    assert api.alive and worker.alive
