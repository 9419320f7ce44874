"""Load from wrk(1): a client that leaves the cores to what is measured."""

from __future__ import annotations

import json
import secrets
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from forgesyte.answer_checks import UnexpectedAnswer
from forgesyte.benchmarks.figures import Measurement
from forgesyte.managed_process import ProcessFailed

SCRIPT = Path(__file__).with_name("load.lua")
STATUS = "/v1/video/status/{}"
SUBMIT = "/v1/video/submit"
# wrk stops by itself; this is for one that does not.
SPARE_S = 30


class Load:
    """Connections that are kept open and ask as fast as they are answered.

    `folder` takes what wrk reads. Every call raises ProcessFailed if wrk is missing or fails,
    and UnexpectedAnswer if an answer was an error or a connection broke.
    """

    def __init__(self, url: str, folder: Path, seconds: int) -> None:
        self._url = url
        self._folder = folder
        self._seconds = seconds

    def status(self, job_ids: Sequence[str], connections: int) -> Measurement:
        """Ask for the status of one job after the other."""
        return self._run(connections, [STATUS.format(job_id) for job_id in job_ids])

    def submit(self, video: Path, connections: int) -> Measurement:
        """Upload the file again and again, as multipart/form-data (RFC 7578)."""
        boundary = secrets.token_hex(16)
        head = (
            f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="v.mp4"\r\n'
            "Content-Type: video/mp4\r\n\r\n"
        )
        body = self._folder / "body"
        body.write_bytes(head.encode() + video.read_bytes() + f"\r\n--{boundary}--\r\n".encode())
        return self._run(
            connections, [SUBMIT], f"multipart/form-data; boundary={boundary}", str(body)
        )

    def _run(self, connections: int, paths: Sequence[str], *upload: str) -> Measurement:
        listed = self._folder / "paths"
        listed.write_text("\n".join(paths), encoding="utf-8")
        options = [f"-t1 -c{connections} -d{self._seconds}s -s", str(SCRIPT)]
        command = [*options[0].split(), options[1], self._url, "--", str(listed), *upload]
        return _figures(_output(command, self._seconds + SPARE_S), connections)


def _output(arguments: list[str], timeout: float) -> str:
    program = shutil.which("wrk")
    if program is None:
        raise ProcessFailed("wrk makes the load, and it is not installed: apt-get install wrk")
    try:
        done = subprocess.run(
            [program, *arguments], capture_output=True, text=True, timeout=timeout, check=True
        )
    except subprocess.SubprocessError as error:
        output = (getattr(error, "stderr", None) or getattr(error, "stdout", None) or "").strip()
        raise ProcessFailed(f"wrk failed: {output or error}") from error
    return done.stdout


def _figures(output: str, connections: int) -> Measurement:
    counted: dict[str, Any] = json.loads(output.splitlines()[-1])
    if counted["status"] or counted["socket"] or not counted["requests"]:
        raise UnexpectedAnswer(
            f"under load: {counted['status']} answers of {counted['requests']} were errors, "
            f"{counted['socket']} connections failed"
        )
    return {
        "requests": counted["requests"],
        "connections": connections,
        "per_second": round(counted["requests"] / counted["duration"] * 1e6, 1),
        **{f"{name}_ms": round(counted[name] / 1000, 1) for name in ("p50", "p99", "max")},
    }
