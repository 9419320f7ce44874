"""API and worker as two real processes: every order, restarts, and second starters."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from forgesyte import answer_checks
from forgesyte.api_client import ApiClient
from forgesyte.installation import Installation, wait_until
from forgesyte.tests.conftest import JOB_S, TINY_MP4


def submit(client: ApiClient) -> str:
    return answer_checks.submitted(client.submit(TINY_MP4))


def assert_completed(client: ApiClient, *job_ids: str) -> None:
    for job_id in job_ids:
        assert client.wait_for_end(job_id, JOB_S)["status"] == "completed"
        items = answer_checks.results(client.results(job_id), job_id, 12, (320, 240))
        assert any("FORGE 42" in item["result"]["text"] for item in items)


def test_api_first(installation: Installation) -> None:
    installation.start_api()
    with installation.client() as client:
        job_id = submit(client)
        assert answer_checks.status(client.status(job_id), job_id)["status"] == "pending"
        installation.start_worker()
        assert_completed(client, job_id)


def test_worker_first(installation: Installation) -> None:
    installation.start_worker()
    installation.start_api()
    with installation.client() as client:
        assert_completed(client, submit(client))


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
    with installation.client() as client:
        assert_completed(client, before, submit(client))


def test_a_terminated_worker_finishes_its_job_and_exits_with_0(
    installation: Installation,
) -> None:
    installation.start_api()
    worker = installation.start_worker()
    with installation.client() as client:
        job_id = submit(client)
        wait_until(lambda: client.status(job_id).json()["status"] != "pending", JOB_S, "not begun")
        assert worker.terminate() == 0
        assert client.status(job_id).json()["status"] == "completed"


def test_a_worker_whose_terminal_is_closed_finishes_its_job(installation: Installation) -> None:
    installation.start_api()
    worker = installation.start_worker()
    with installation.client() as client:
        job_id = submit(client)
        wait_until(lambda: client.status(job_id).json()["status"] != "pending", JOB_S, "not begun")
        worker.popen.send_signal(signal.SIGHUP)
        assert worker.wait_end(JOB_S) == 0
        assert client.status(job_id).json()["status"] == "completed"


def test_a_worker_without_its_gpu_fails_no_job(data_dir: Path) -> None:
    with Installation(data_dir, environment={"FORGESYTE_DEVICE": "cuda"}) as misconfigured:
        misconfigured.start_api()
        with misconfigured.client() as client:
            job_ids = [submit(client) for _ in range(3)]
        worker = misconfigured.start_worker(wait=False)
        assert worker.wait_end(JOB_S) == 1
        assert "Worker ready" not in worker.output()
        assert worker.failure() == (
            "The device 'cuda' was asked for, but there is none here. Use 'cpu' or 'auto'."
        )
    with Installation(data_dir) as cured:
        cured.start()
        with cured.client() as client:
            assert_completed(client, *job_ids)


def test_a_second_api_is_refused_with_the_pid_of_the_first(installation: Installation) -> None:
    first = installation.start_api()
    second = installation.start_api(wait=False)
    assert second.wait_end() == 1
    assert f"process {first.pid}" in second.failure()
    assert first.alive


def test_a_second_worker_is_refused_with_the_pid_of_the_first(
    installation: Installation,
) -> None:
    first = installation.start_worker()
    second = installation.start_worker(wait=False)
    assert second.wait_end() == 1
    assert f"A worker (PID {first.pid}) is already running" in second.failure()
    assert first.alive


def test_a_terminated_api_exits_with_0(installation: Installation) -> None:
    assert installation.start_api().terminate() == 0


def test_the_demo_is_refused_while_an_api_runs_on_the_data_folder(
    installation: Installation,
) -> None:
    api = installation.start_api()
    demo = installation.command("demo")
    assert demo.wait_end() == 1
    assert f"The API already runs on this data folder, as process {api.pid}." in demo.failure()
    assert api.alive
