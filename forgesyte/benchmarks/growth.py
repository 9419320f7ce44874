"""What an installation that has done many jobs takes longer for than one that has done a few."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TypeVar

from forgesyte import answer_checks
from forgesyte.answer_checks import UnexpectedAnswer
from forgesyte.api_client import ApiClient
from forgesyte.benchmarks import finished_jobs
from forgesyte.benchmarks.figures import (
    MIB,
    Measurement,
    checked,
    milliseconds,
    percentile,
    resident_mib,
)
from forgesyte.installation import Installation

FEW = 1_000
ASKED, SUBMITS, LISTS, STARTS = 500, 60, 5, 5
PAGE_JOBS = 50
MOST_GROWTH, START_MS, LIST_MS = 1.5, 2000.0, 150.0

T = TypeVar("T")
Seconds = dict[str, list[float]]


def measure(folder: Path, video: Path, jobs: int, starts: int = STARTS) -> Iterator[Measurement]:
    """One client that asks one thing after the other; no worker runs."""
    medians = []
    for number in (FEW, jobs):
        seconds, size = _installation(folder / f"{number}", video, number, starts)
        figures = {
            f"{what}_{name}": value
            for what, measured in seconds.items()
            for name, value in milliseconds(measured).items()
        }
        named = {"benchmark": "api growth", "jobs": number}
        limits = {"start_p50_ms": START_MS, "list_max_ms": LIST_MS}
        yield checked({**named, **size, **figures}, at_most=limits)
        medians.append({what: percentile(measured, 0.5) for what, measured in seconds.items()})
    few, many = medians
    ratios = {what: round(many[what] / few[what], 2) for what in few}
    limits = dict.fromkeys(("look_up", "status", "submit"), MOST_GROWTH)
    named = {"benchmark": "api growth ratio", "jobs": jobs, "to_jobs": FEW}
    yield checked({**named, **ratios}, at_most=limits)


def start_seconds(installation: Installation, number: int) -> list[float]:
    """Seconds from the command to the line that says it serves; the last start stays up."""
    seconds = []
    for _ in range(number):
        if installation.api is not None:
            installation.api.terminate()
        begun = time.perf_counter()
        installation.start_api()
        seconds.append(time.perf_counter() - begun)
    return seconds


def _installation(data: Path, video: Path, jobs: int, starts: int) -> tuple[Seconds, Measurement]:
    engine = finished_jobs.make(data, jobs)
    job_ids = finished_jobs.completed(engine, ASKED)
    engine.dispose()
    with Installation(data) as installation:
        seconds = {"start": start_seconds(installation, starts)}
        assert installation.api is not None
        with installation.client() as client:
            seconds.update(_calls(client, job_ids, video, jobs))
        resident = resident_mib(installation.api_pid())
    database = (data / finished_jobs.DATABASE).stat().st_size / MIB
    return seconds, {"database_mib": round(database, 1), "resident_mib": round(resident, 1)}


def _calls(
    client: ApiClient, job_ids: list[str], video: Path, jobs: int
) -> Iterator[tuple[str, list[float]]]:
    """Jobs that are asked for the first time, the same ones again, uploads, pages of the list."""

    def status(job_id: str) -> None:
        answer_checks.status(client.status(job_id), job_id)

    def submit(_: int) -> None:
        answer_checks.submitted(client.submit(video))

    def listed(query: str) -> None:
        if client.get(f"/{query}", "text/html").status != 200:
            raise UnexpectedAnswer(f"list: no page for {query!r}")

    last = jobs // PAGE_JOBS
    pages = ["", "?p=2", f"?p={last // 2}", f"?p={last}", "?status=failed", "?status=pending"]
    pages += [f"?q={job_ids[0][:6]}", f"?q={job_ids[0]}"]
    first, *others = job_ids
    status(first)
    yield "look_up", _timed(status, others)
    yield "status", _timed(status, others)
    yield "submit", _timed(submit, range(SUBMITS))
    yield "list", _timed(listed, pages * LISTS)


def _timed(call: Callable[[T], None], arguments: Iterable[T]) -> list[float]:
    seconds = []
    for argument in arguments:
        begun = time.perf_counter()
        call(argument)
        seconds.append(time.perf_counter() - begun)
    return seconds
