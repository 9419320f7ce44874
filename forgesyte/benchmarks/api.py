"""Requests per second of the API, measured with wrk(1)."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

from sqlalchemy import text

from forgesyte import response_checks
from forgesyte.benchmarks.figures import FTYP, Measurement
from forgesyte.installation import Installation, ProcessFailed
from forgesyte.response_checks import UnexpectedResponse
from jobs.database import open_engine

SCRIPT, UPLOAD_BYTES = Path(__file__).with_name("load.lua"), 200_000
FORM = "multipart/form-data; boundary=forgesyte"  # RFC 7578
HEAD = b'--forgesyte\r\nContent-Disposition: form-data; name="file"; filename="a.mp4"\r\n\r\n'


def measure(options: dict[str, Any], folder: Path) -> Iterator[Measurement]:
    """Measure durable uploads, then status requests; no worker runs."""
    video, body = FTYP + os.urandom(UPLOAD_BYTES - len(FTYP)), folder / "body"
    body.write_bytes(HEAD + video + b"\r\n--forgesyte--\r\n")
    with Installation(folder / "data") as installation:
        installation.start_api()
        with installation.client() as client:
            job_id = response_checks.submitted(client.submit_file(BytesIO(video), "a.mp4"))
        run, submit = (installation.url, options["seconds"]), ("/v1/video/submit", FORM, str(body))
        submits = load(*run, 4, *submit)
        yield {"benchmark": "api submit", "bytes": UPLOAD_BYTES, **submits}
        yield {"benchmark": "api status", **load(*run, 8, f"/v1/video/status/{job_id}")}
    engine = open_engine(folder / "data" / "foregsyte.duckdb")
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT count(*) FROM jobs")).scalar_one()
    engine.dispose()
    files = len(list((folder / "data" / "video_jobs").glob("*.mp4")))
    if not (answers := submits["requests"]) < rows == files:
        raise UnexpectedResponse(f"submit: {answers} answers, {rows} rows, {files} files")


def load(url: str, seconds: int, connections: int, *request: str) -> Measurement:
    """Send requests as fast as possible. request: path; for uploads also content type and file.

    Raises ProcessFailed if wrk is missing or fails, UnexpectedResponse after errors.
    """
    program = shutil.which("wrk")
    if program is None:
        raise ProcessFailed("wrk makes the load, and it is not installed: apt-get install wrk")
    options = ["-t1", f"-c{connections}", f"-d{seconds}s", "-s", str(SCRIPT), url, "--"]
    command, timeout = [program, *options, *request], seconds + 30  # it stops by itself
    try:
        output = subprocess.check_output(command, stderr=subprocess.STDOUT, timeout=timeout)
    except subprocess.SubprocessError as error:
        told = (getattr(error, "output", None) or b"").decode().strip()
        raise ProcessFailed(f"wrk failed: {told or error}") from error
    counted: dict[str, Any] = json.loads(output.splitlines()[-1])
    if counted["status"] or counted["socket"] or not counted["requests"]:
        raise UnexpectedResponse(
            f"under load: {counted['status']} answers of {counted['requests']} were errors, "
            f"{counted['socket']} connections failed"
        )
    return {
        "requests": counted["requests"],
        "connections": connections,
        "per_second": round(counted["requests"] / counted["duration"] * 1e6, 1),
        **{f"{name}_ms": round(counted[name] / 1000, 1) for name in ("p50", "p99", "max")},
    }
