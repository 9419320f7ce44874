"""How results of any size are sent."""

from __future__ import annotations

import http.client
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

from forgesyte.answer_checks import UnexpectedAnswer
from forgesyte.benchmarks import finished_jobs
from forgesyte.benchmarks.figures import (
    MIB,
    Measurement,
    checked,
    peak_resident_mib,
    resident_mib,
)
from forgesyte.installation import HOST, Installation
from jobs.storage.names import results_name

READS = 3
CHUNK_BYTES = MIB
FIRST_BYTE_MS, GROWTH_MIB = 100.0, 64.0
LINES = "figures in thousands of tonnes compared with the year before\\n" * 20


def measure(folder: Path, mib: int) -> Iterator[Measurement]:
    """Read results of that size some times to their end, with a client that is never slow."""
    data = folder / "data"
    engine = finished_jobs.make(data, 10)
    (job_id,) = finished_jobs.completed(engine, 1)
    engine.dispose()
    _write(data / results_name(UUID(job_id)), mib * MIB)
    with Installation(data) as installation:
        installation.start_api()
        pid = installation.api_pid()
        with installation.client() as client:
            client.status(job_id)
        before = resident_mib(pid)
        reads = [_read(installation.port, job_id) for _ in range(READS)]
        growth = peak_resident_mib(pid) - before
    size = (data / results_name(UUID(job_id))).stat().st_size
    if any(sent < size for _, _, sent in reads):
        raise UnexpectedAnswer(f"results: {[sent for _, _, sent in reads]} of {size} bytes came")
    named = {"benchmark": "api results", "mib": mib, "reads": READS}
    figures = {
        "first_byte_max_ms": round(max(first for first, _, _ in reads) * 1000, 1),
        "mib_per_second": round(READS * mib / sum(whole for _, whole, _ in reads)),
        "growth_mib": round(growth, 1),
    }
    limits = {"first_byte_max_ms": FIRST_BYTE_MS, "growth_mib": GROWTH_MIB}
    yield checked({**named, **figures}, at_most=limits)


def _write(path: Path, size: int) -> None:
    path.parent.mkdir(exist_ok=True)
    with path.open("w", encoding="utf-8") as file:
        frame = 0
        while file.tell() < size:
            file.write("," if frame else "[")
            file.write(f'{{"frame_index":{frame},"result":{{"detections":[],"text":"{LINES}"}}}}')
            frame += 1
        file.write("]")


def _read(port: int, job_id: str) -> tuple[float, float, int]:
    """Seconds to the first byte of the body and to the last, and how many bytes came."""
    connection = http.client.HTTPConnection(HOST, port, timeout=60)
    try:
        connection.connect()
        begun = time.perf_counter()
        connection.request("GET", f"/v1/video/results/{job_id}")
        response = connection.getresponse()
        sent = len(response.read(1))
        first = time.perf_counter() - begun
        while data := response.read(CHUNK_BYTES):
            sent += len(data)
        return first, time.perf_counter() - begun, sent
    finally:
        connection.close()
