"""A client that a generator makes from the OpenAPI schema drives a whole job."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from forgesyte.installation import Installation
from forgesyte.tests.conftest import JOB_S, TINY_MP4

PROGRAM = """
import io, json, sys, time
from forge_client import Client
from forge_client.api.video import get_results, get_status, submit_video
from forge_client.models import Error, StatusEnum, Submit
from forge_client.types import File

url, video, seconds = sys.argv[1:]
with Client(base_url=url, raise_on_unexpected_status=True) as client, open(video, "rb") as file:
    text = Submit(file=File(io.BytesIO(b"text"), "text.mp4"))
    refused = submit_video.sync_detailed(client=client, body=text)
    assert refused.status_code == 400 and isinstance(refused.parsed, Error)
    submitted = submit_video.sync_detailed(client=client, body=Submit(file=File(file, "tiny.mp4")))
    assert submitted.status_code == 202
    job_id = submitted.parsed.job_id
    assert submitted.headers["Location"].endswith(f"/v1/video/status/{job_id}")
    deadline = time.monotonic() + float(seconds)
    seen = set()
    while (status := get_status.sync(job_id, client=client)).status is not StatusEnum.COMPLETED:
        assert status.status is not StatusEnum.FAILED, status.error_message
        assert time.monotonic() < deadline
        seen.add((status.status, status.progress))
        time.sleep(0.02)
    assert seen <= {(StatusEnum.PENDING, 0.0), (StatusEnum.RUNNING, 0.5)}
    assert status.progress == 1.0 and status.created_at < status.updated_at
    results = get_results.sync(job_id, client=client)
    assert results.updated_at == status.updated_at
    first = results.results[0]
    print(json.dumps([len(results.results), first.result.text, first.result.detections[0].class_]))
"""


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the client, made without a single warning."""
    folder = tmp_path_factory.mktemp("generated")
    generate = f"""
set -e
cd '{folder}'
'{sys.executable}' '{Path(__file__).parents[2] / "manage.py"}' spectacular --file schema.yaml
openapi-python-client generate --path schema.yaml --meta none --output-path forge_client \
    --fail-on-warning
"""
    scripts = str(Path(sys.executable).parent)
    path = os.pathsep.join([scripts, os.environ["PATH"]])
    subprocess.run(["sh", "-c", generate], env={**os.environ, "PATH": path}, check=True, timeout=60)
    return folder


def test_a_generated_client_drives_a_whole_job(generated: Path, installation: Installation) -> None:
    installation.start()
    url = f"http://127.0.0.1:{installation.port}"
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, url, str(TINY_MP4), str(JOB_S)],
        cwd=generated,
        capture_output=True,
        text=True,
        timeout=JOB_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == [12, "FORGE 42", "text"]
