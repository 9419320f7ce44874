"""A generator makes a client from the OpenAPI schema, without a single warning."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from forgesyte.installation import MANAGE

USE = """
from forge_client.api.video import get_results, get_status, submit_video
from forge_client.models import Error, Submit
from forge_client.types import File
Submit(file=File(None, "tiny.mp4"))  # `pipeline_id` is optional
"""


def test_a_client_is_generated(tmp_path: Path) -> None:
    generate = f"""
set -e
'{sys.executable}' '{MANAGE}' spectacular --file schema.yaml
openapi-python-client generate --path schema.yaml --meta none --output-path forge_client \
    --fail-on-warning
"""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    for command in (["sh", "-c", generate], [sys.executable, "-c", USE]):
        environment = {**os.environ, "PATH": path}
        subprocess.run(command, cwd=tmp_path, env=environment, check=True, timeout=60)
