"""Each example of README.md and of the endpoints, sent to a real API with a real worker."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from rest_framework.test import APIClient

from forgesyte.installation import HOST, Installation, wait_until
from forgesyte.tests.conftest import JOB_S, TINY_MP4, pipeline_pid
from forgesyte.tests.documents import MIGRATION_GUIDE, ROOT, Block, blocks
from forgesyte.tests.examples import EXAMPLES, UUID, Example, run
from jobs import composition
from jobs.tests.conftest import api, data_folder  # noqa: F401

LIMIT = "1000000"
IN_PROCESS = (500, 507)  # what a healthy installation does not answer
REAL = [example for example in EXAMPLES if example.answer.status not in IN_PROCESS]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, model_cache: Path) -> Path:
    """Where the commands run, with the files that they name."""
    folder = tmp_path_factory.mktemp("documents")
    for name in ("pipeline", "manage.py"):
        (folder / name).symlink_to(ROOT / name)
    (folder / ".venv").symlink_to(sys.prefix)
    (folder / "data").mkdir()
    (folder / "data" / "cache").symlink_to(model_cache, target_is_directory=True)
    shutil.copyfile(TINY_MP4, folder / "video.mp4")
    tiny = TINY_MP4.read_bytes()
    (folder / "cut.mp4").write_bytes(tiny[: len(tiny) // 2])
    (folder / "large.mp4").write_bytes(tiny[:24] + bytes(1_500_000))
    (folder / "empty.mp4").touch()
    (folder / "notes.txt").write_text("This is not a video.")
    return folder


@pytest.fixture(scope="module")
def installation(folder: Path) -> Iterator[Installation]:
    limit = {"FORGESYTE_MAX_UPLOAD_BYTES": LIMIT}
    with Installation(folder / "data", environment=limit) as installation:
        installation.start_worker()  # first, so it owns the job store
        installation.start_api()
        yield installation


@pytest.fixture(scope="module")
def jobs(folder: Path, installation: Installation) -> Iterator[dict[str, str]]:
    """The id of a job in each state; the worker stays in the running one."""
    with installation.client() as client:
        ids = {
            state: client.submit(folder / name).json()["job_id"]
            for state, name in [("completed", "video.mp4"), ("removed", "video.mp4")]
        }
        ids["failed"] = client.submit(folder / "cut.mp4").json()["job_id"]
        client.wait_for_end(ids["failed"], JOB_S)
        (folder / "data" / "video_jobs" / f"{ids['removed']}_results.json").unlink()
        child = pipeline_pid(installation)
        assert child is not None
        os.kill(child, signal.SIGSTOP)
        for state in ("running", "pending"):
            ids[state] = client.submit(folder / "video.mp4").json()["job_id"]
        wait_until(
            lambda: client.status(ids["running"]).json()["status"] == "running", 30, "not running"
        )
    yield ids
    assert installation.worker is not None
    installation.worker.kill()  # its child ends with it


def test_clients_of_the_guide_fetch_what_the_synchronous_call_returns(
    folder: Path, installation: Installation
) -> None:
    call, shell = blocks(MIGRATION_GUIDE, "sh")[:2]
    python = blocks(MIGRATION_GUIDE, "python")[0]
    results = folder / "results.json"
    run(call.text, folder, installation.port)
    expected = json.loads(results.read_text())
    assert len(expected) == 12
    results.unlink()
    run(shell.text, folder, installation.port)
    assert json.loads(results.read_text())["results"] == expected
    (folder / "client.py").write_text(python.text)
    port = str(installation.port)
    done = run(f".venv/bin/python client.py {HOST} {port} video.mp4", folder, installation.port)
    assert json.loads(done) == expected


def test_clients_of_the_guide_say_why_a_job_failed(
    folder: Path, installation: Installation
) -> None:
    shell: Block = blocks(MIGRATION_GUIDE, "sh")[1]
    (folder / "client.py").write_text(blocks(MIGRATION_GUIDE, "python")[0].text)
    for command in (
        shell.text.replace("video.mp4", "cut.mp4"),
        f".venv/bin/python client.py {HOST} {installation.port} cut.mp4",
        shell.text.replace("video.mp4", "notes.txt"),
    ):
        with pytest.raises(subprocess.CalledProcessError) as caught:
            run(command, folder, installation.port)
        assert "MP4" in caught.value.stderr


@pytest.mark.parametrize("example", REAL, ids=[example.where for example in REAL])
def test_example(
    example: Example, folder: Path, installation: Installation, jobs: dict[str, str]
) -> None:
    command = UUID.sub(jobs[example.state], example.command)
    if example.answer.status != 503:
        example.check(run(command, folder, installation.port), installation.port, LIMIT)
        return
    assert installation.worker is not None
    os.kill(installation.worker.pid, signal.SIGSTOP)
    try:
        example.check(run(command, folder, installation.port), installation.port, LIMIT)
    finally:
        os.kill(installation.worker.pid, signal.SIGCONT)


@pytest.mark.parametrize("status", IN_PROCESS)
def test_example_of_a_broken_installation(
    status: int,
    api: APIClient,  # noqa: F811
    data_folder: Path,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (example,) = (example for example in EXAMPLES if example.answer.status == status)
    if status == 507:
        free = os.statvfs(data_folder)
        full = os.statvfs_result((*free[:3], 0, 0, *free[5:10]))
        monkeypatch.setattr(os, "statvfs", lambda path: full)
    else:
        monkeypatch.setattr(settings, "JOB_STORAGE", {"BACKEND": "jobs.nowhere.Storage"})
        composition.storage.cache_clear()
    api.raise_request_exception = False
    with TINY_MP4.open("rb") as video:
        answer = api.post("/v1/video/submit", {"file": video}, format="multipart")
    assert answer.status_code == status
    assert answer.json() == json.loads(example.answer.body)


def test_every_status_code_of_the_api_has_an_example() -> None:
    shown = {example.answer.status for example in EXAMPLES} - {0}
    assert shown == {200, 202, 400, 403, 404, 405, 406, 413, 415, 500, 503, 507}
