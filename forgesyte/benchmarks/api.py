"""How many requests the API answers."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from forgesyte import answer_checks
from forgesyte.api_client import ApiClient
from forgesyte.benchmarks.figures import FTYP, Measurement, milliseconds
from forgesyte.installation import Installation

UPLOAD_BYTES = 200_000
LONGEST_S = 20.0
STARTS = 5


def measure(folder: Path, requests: int, submits: int, connections: int) -> list[Measurement]:
    """Starts, then status requests and uploads over connections that are kept open.

    No worker runs.
    """
    video = folder / "upload.mp4"
    video.write_bytes(FTYP + os.urandom(UPLOAD_BYTES - len(FTYP)))
    with Installation(folder / "data") as installation:
        start = _start(installation)
        with installation.client() as client:
            job_id = answer_checks.submitted(client.submit(video))

        def ask(client: ApiClient) -> None:
            answer_checks.status(client.status(job_id), job_id)

        def submit(client: ApiClient) -> None:
            answer_checks.submitted(client.submit(video))

        return [
            start,
            _measured("status", installation, ask, requests, connections),
            {"bytes": UPLOAD_BYTES, **_measured("submit", installation, submit, submits, 2)},
        ]


def _start(installation: Installation) -> Measurement:
    """From the command to the line that says it serves; the last start stays up."""
    seconds = []
    for _ in range(STARTS):
        if installation.api is not None:
            installation.api.terminate()
        begun = time.perf_counter()
        installation.start_api()
        seconds.append(time.perf_counter() - begun)
    return {"benchmark": "api start", "starts": STARTS, **milliseconds(seconds)}


def _measured(
    what: str,
    installation: Installation,
    call: Callable[[ApiClient], None],
    calls: int,
    connections: int,
) -> Measurement:
    """Make `calls` calls, or as many as fit into LONGEST_S."""
    stop_at = time.monotonic() + LONGEST_S

    def one_connection(share: int) -> list[float]:
        seconds = []
        with installation.client() as client:
            for _ in range(share):
                begun = time.perf_counter()
                if time.monotonic() > stop_at:
                    break
                call(client)
                seconds.append(time.perf_counter() - begun)
        return seconds

    begun = time.perf_counter()
    with ThreadPoolExecutor(connections) as pool:
        shares = pool.map(one_connection, [calls // connections] * connections)
        seconds = [second for share in shares for second in share]
    elapsed = time.perf_counter() - begun
    return {
        "benchmark": f"api {what}",
        "requests": len(seconds),
        "connections": connections,
        "per_second": round(len(seconds) / elapsed, 1),
        **milliseconds(seconds),
    }
