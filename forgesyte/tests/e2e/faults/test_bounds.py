"""Memory does not grow with uploads, results and videos, nor answers with finished jobs."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

from sqlalchemy import text

from forgesyte import response_checks
from forgesyte.api_client import ApiClient
from forgesyte.benchmarks.figures import FTYP, MIB, peak_resident_mib
from forgesyte.installation import Installation
from forgesyte.tests.conftest import TINY_MP4, api_pid, pipeline_pid
from forgesyte.tests.e2e.faults.conftest import Report, runs
from jobs.database import open_engine
from pipeline.tests.fixtures.make_tiny_mp4 import make_tiny_mp4

GROWTH_MIB, TIMES_SLOWER, JOB_S = 64.0, 1.5, 1800.0
FINISHED = text("""
    INSERT INTO jobs (job_id, status, pipeline_id, input_path, output_path, created_at, updated_at)
    SELECT uuid(), 'completed', 'yolo_ocr', 'a.mp4', 'r.json', now()::TIMESTAMP, now()::TIMESTAMP
    FROM range(:jobs)
""")


def finished(data: Path, jobs: int) -> list[str]:
    """Make rows of finished jobs; the IDs of a hundred of them."""
    engine = open_engine(data / "foregsyte.duckdb")
    with engine.begin() as connection:
        connection.execute(FINISHED, {"jobs": jobs})
        ids = connection.execute(text("SELECT job_id::VARCHAR FROM jobs USING SAMPLE 100"))
        found = list(ids.scalars())
    engine.dispose()
    return found


def submit(client: ApiClient, folder: Path, mib: int) -> None:
    with (folder / "upload.mp4").open("wb+") as file:
        file.write(FTYP)
        file.truncate(mib * MIB)
        response_checks.submitted(client.submit_file(file, "a.mp4"))


@runs(short=100, full=1024)
def test_memory_of_the_api(count: int, installation: Installation, report: Report) -> None:
    """count: MiB of an upload and of results."""
    (job_id,) = finished(installation.data_dir, 1)
    folder = installation.data_dir / "video_jobs"
    folder.mkdir()
    frame = '{"frame_index":0,"result":{"detections":[],"text":"' + "a" * MIB + '"}}'
    with (installation.data_dir / "r.json").open("w") as file:
        file.write("[" + frame)
        file.writelines("," + frame for _ in range(count - 1))
        file.write("]")
    installation.start_api()
    with installation.client(timeout=300) as client:
        submit(client, installation.data_dir, 1)
        before = peak_resident_mib(api_pid(installation))
        submit(client, installation.data_dir, count)
        with (installation.data_dir / "received").open("wb") as target:
            assert client.results(job_id, target).status_code == 200
            assert target.tell() > count * MIB
        growth = peak_resident_mib(api_pid(installation)) - before
    report(mib=count, growth_mib=round(growth, 1))
    assert growth < GROWTH_MIB


@runs(short=60, full=1000)
def test_memory_of_the_worker(
    count: int, installation: Installation, tmp_path: Path, report: Report
) -> None:
    """count: the frames of a video."""
    peaks = []
    installation.start()
    with installation.client() as client:
        for frames in (count // 10, count):
            video = make_tiny_mp4(tmp_path / f"{frames}.mp4", frames=frames, size=(640, 360))
            job_id = response_checks.submitted(client.submit(video))
            assert client.wait_for_end(job_id, JOB_S).status == "completed"
            child = pipeline_pid(installation)
            assert child is not None and installation.worker is not None
            peaks.append(peak_resident_mib(child) + peak_resident_mib(installation.worker.pid))
    report(frames=count, peaks_mib=peaks)
    assert peaks[1] - peaks[0] < GROWTH_MIB


def seconds(call: Callable[[Any], object], arguments: list[Any]) -> float:
    """The median."""
    spent = []
    for argument in arguments:
        begun = time.perf_counter()
        call(argument)
        spent.append(time.perf_counter() - begun)
    return median(spent)


@runs(short=20_000, full=1_000_000)
def test_speed_with_finished_jobs(count: int, data_dir: Path, report: Report) -> None:
    measured = []
    for jobs in (1000, count):
        (place := data_dir / str(jobs)).mkdir()
        ids = finished(place, jobs)
        with Installation(place) as installation:
            installation.start_api()
            with installation.client() as client:
                client.status(ids[0])
                status = seconds(client.status, ids)
                submit = seconds(lambda _: client.submit(TINY_MP4), ids[:40])
        measured.append({"status": status, "submit": submit})
    few, many = measured
    ratios = {name: round(many[name] / few[name], 2) for name in few}
    report(jobs=count, ratios=ratios)
    assert count < 100_000 or max(ratios.values()) <= TIMES_SLOWER, ratios
