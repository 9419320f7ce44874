"""How many requests the API answers, and how fast. The load comes from wrk(1)."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from forgesyte import answer_checks
from forgesyte.benchmarks import finished_jobs, growth, results, videos
from forgesyte.benchmarks.figures import FTYP, Measurement, checked, cpu_seconds, milliseconds
from forgesyte.benchmarks.load import Load
from forgesyte.installation import Installation
from forgesyte.managed_process import wait_until
from pipeline.tests.fixtures.make_tiny_mp4 import make_tiny_mp4

UPLOAD_BYTES = 200_000
STARTS = 5
STATUS_CONNECTIONS, SUBMIT_CONNECTIONS = 8, 4
# More jobs than the owner keeps in memory: asked in turn, each has to be looked up.
POLLED_JOBS, ALL_JOBS = 1_000, 20_000
LEAST_STATUS_PER_SECOND, LEAST_SHARE_OF_LOOK_UPS = 1000.0, 0.25
LEAST_SUBMITS_PER_SECOND = 150.0
STATUS_P99_MS, BUSY_STATUS_P99_MS = 25.0, 50.0
WORK_VIDEOS, WORK_FRAMES = 50, 60
JOB_S = 180.0


@dataclass(frozen=True)
class Sizes:
    """For how many seconds each load lasts, and how large an installation grows."""

    seconds: int
    jobs: int
    results_mib: int


def measure(folder: Path, scenarios: list[str], sizes: Sizes) -> Iterator[Measurement]:
    """Each scenario has an installation of its own."""
    for scenario in scenarios:
        place = folder / scenario
        place.mkdir()
        yield from SCENARIOS[scenario](place, sizes)


def upload(folder: Path) -> Path:
    """A file that the API takes for a video."""
    video = folder / "upload.mp4"
    video.write_bytes(FTYP + os.urandom(UPLOAD_BYTES - len(FTYP)))
    return video


def _start(folder: Path, sizes: Sizes) -> Iterator[Measurement]:
    with Installation(folder / "data") as installation:
        seconds = growth.start_seconds(installation, STARTS)
    yield {"benchmark": "api start", "starts": STARTS, **milliseconds(seconds)}


def _status(folder: Path, sizes: Sizes) -> Iterator[Measurement]:
    """The API owns the store, then an idle worker does.

    Clients poll jobs that the owner keeps; then they ask for so many in turn that each is looked
    up, as nobody does who polls: that has no limit for its rate.
    """
    engine = finished_jobs.make(folder / "data", ALL_JOBS)
    job_ids = finished_jobs.completed(engine, ALL_JOBS)
    look_ups = finished_jobs.look_ups_per_second(engine, job_ids, sizes.seconds)
    engine.dispose()
    yield {"benchmark": "api look-up", "per_second": round(look_ups, 1)}
    least = max(LEAST_STATUS_PER_SECOND, round(LEAST_SHARE_OF_LOOK_UPS * look_ups, 1))
    for owner in ("api", "worker"):
        with Installation(folder / "data") as installation:
            if owner == "worker":
                installation.start_worker()
            installation.start_api()
            load = Load(installation.url, folder, sizes.seconds)
            for jobs, asked in (("recent", job_ids[:POLLED_JOBS]), ("older", job_ids)):
                figures = load.status(asked, STATUS_CONNECTIONS)
                share = {"to_look_up": round(figures["per_second"] / look_ups, 2)}
                named = {"benchmark": "api status", "owner": owner, "jobs": jobs}
                yield checked(
                    {**named, **figures, **share},
                    at_least={"per_second": least} if jobs == "recent" else {},
                    at_most={"p99_ms": STATUS_P99_MS},
                )


def _submit(folder: Path, sizes: Sizes) -> Iterator[Measurement]:
    """No worker runs. What was answered has to be there, as a row and as a file."""
    with Installation(folder / "data") as installation:
        installation.start_api()
        pid = installation.api_pid()
        load = Load(installation.url, folder, sizes.seconds)
        before = cpu_seconds(pid)
        figures = load.submit(upload(folder), SUBMIT_CONNECTIONS)
        cpu_ms = (cpu_seconds(pid) - before) / figures["requests"] * 1000
    rows = finished_jobs.count(folder / "data")
    files = sum(1 for _ in (folder / "data" / "video_jobs").glob("*.mp4"))
    if not figures["requests"] <= rows == files:
        raise answer_checks.UnexpectedAnswer(
            f"submit: {figures['requests']} answers, {rows} rows, {files} files"
        )
    named = {"benchmark": "api submit", "bytes": UPLOAD_BYTES}
    rest = {"cpu_ms_each": round(cpu_ms, 1), "jobs_there": rows}
    least = {"per_second": LEAST_SUBMITS_PER_SECOND}
    yield checked({**named, **figures, **rest}, at_least=least)


def _busy(folder: Path, sizes: Sizes) -> Iterator[Measurement]:
    """Clients poll jobs of which one is running all the time."""
    tiny = make_tiny_mp4(folder / "tiny.mp4", frames=1)
    video = videos.make("slide", folder / "slides.mp4", WORK_FRAMES)
    with Installation(folder / "data") as installation:
        installation.start()
        with installation.client() as client:
            # The first job waits for the models to be loaded.
            client.wait_for_end(answer_checks.submitted(client.submit(tiny)), JOB_S)
            job_ids = [answer_checks.submitted(client.submit(video)) for _ in range(WORK_VIDEOS)]
            wait_until(
                lambda: client.status(job_ids[0]).json()["status"] != "pending",
                JOB_S,
                "no job began",
            )
            child = installation.pipeline_pid()
            assert child is not None
            before = cpu_seconds(child)
            load = Load(installation.url, folder, sizes.seconds)
            figures = load.status(job_ids, STATUS_CONNECTIONS)
            work = {"pipeline_cores": round((cpu_seconds(child) - before) / sizes.seconds, 2)}
            if client.status(job_ids[-1]).json()["status"] != "pending":
                raise answer_checks.UnexpectedAnswer("busy: the worker had nothing left to do")
    named = {"benchmark": "api status while a worker works"}
    yield checked({**named, **work, **figures}, at_most={"p99_ms": BUSY_STATUS_P99_MS})


def _growth(folder: Path, sizes: Sizes) -> Iterator[Measurement]:
    return growth.measure(folder, upload(folder), sizes.jobs)


def _results(folder: Path, sizes: Sizes) -> Iterator[Measurement]:
    return results.measure(folder, sizes.results_mib)


SCENARIOS: dict[str, Callable[[Path, Sizes], Iterator[Measurement]]] = {
    "start": _start,
    "status": _status,
    "submit": _submit,
    "busy": _busy,
    "growth": _growth,
    "results": _results,
}
