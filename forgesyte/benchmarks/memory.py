"""How memory grows with the size of an upload and the length of a video."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

from forgesyte import answer_checks
from forgesyte.benchmarks.figures import (
    FTYP,
    MIB,
    Measurement,
    peak_resident_mib,
    resident_mib,
)
from forgesyte.installation import Installation
from pipeline.tests.fixtures.make_tiny_mp4 import make_tiny_mp4

LIMIT_MIB = 64.0
PIECE = bytes(MIB)
JOB_S = 1800.0
UPLOAD_S = 300.0


def measure(folder: Path, upload_mib: int, frames: int) -> Iterator[Measurement]:
    """The server during an upload, then the worker with a video and a ten times longer one."""
    yield _server(folder / "server", upload_mib)
    yield _worker(folder / "worker", frames)


def _server(data: Path, upload_mib: int) -> Measurement:
    with Installation(data) as installation:
        installation.start_api()
        pid = installation.api_pid()
        with installation.client(timeout=UPLOAD_S) as client:
            answer_checks.submitted(client.submit_pieces(_pieces(1), MIB, "small.mp4"))
            before = resident_mib(pid)
            large = client.submit_pieces(_pieces(upload_mib), upload_mib * MIB, "large.mp4")
            answer_checks.submitted(large)
        growth = peak_resident_mib(pid) - before
    shutil.rmtree(data)
    return {
        "benchmark": "memory server",
        "upload_mib": upload_mib,
        "resident_mib": round(before, 1),
        "growth_mib": round(growth, 1),
        "limit_mib": LIMIT_MIB,
        "ok": growth < LIMIT_MIB,
    }


def _pieces(mib: int) -> Iterator[bytes]:
    """An MP4's head and zeros, made as they are sent."""
    yield FTYP + PIECE[len(FTYP) :]
    for _ in range(mib - 1):
        yield PIECE


def _worker(data: Path, frames: int) -> Measurement:
    data.mkdir()
    peaks = {}
    _peak_mib(data, 1)  # makes the export of the model that the runs below share
    for count in (frames, 10 * frames):
        peaks[count] = _peak_mib(data, count)
    growth = peaks[10 * frames] - peaks[frames]
    return {
        "benchmark": "memory worker",
        "frames": list(peaks),
        "peak_mib": [round(peak, 1) for peak in peaks.values()],
        "growth_mib": round(growth, 1),
        "limit_mib": LIMIT_MIB,
        "ok": growth < LIMIT_MIB,
    }


def _peak_mib(data: Path, frames: int) -> float:
    """The peaks of a fresh worker and of its pipeline's process together, for one video."""
    video = make_tiny_mp4(data / f"{frames}.mp4", frames=frames, size=(640, 360))
    with Installation(data) as installation:
        installation.start()
        assert installation.worker is not None
        with installation.client() as client:
            job_id = answer_checks.submitted(client.submit(video))
            status = client.wait_for_end(job_id, JOB_S)["status"]
        pipeline_pid = installation.pipeline_pid()
        if status != "completed" or pipeline_pid is None:
            raise answer_checks.UnexpectedAnswer(f"the job of {frames} frames ended as {status}")
        return peak_resident_mib(installation.worker.pid) + peak_resident_mib(pipeline_pid)
