"""Processes are killed, frozen and stopped at random moments: no acknowledged job is lost."""

from __future__ import annotations

import os
import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from pathlib import Path
from signal import SIGCONT, SIGHUP, SIGINT, SIGKILL, SIGSTOP, SIGTERM, Signals

from forgesyte import answer_checks
from forgesyte.api_client import FAILURES
from forgesyte.installation import API_READY, WORKER_READY, Installation, wait_until
from forgesyte.tests.conftest import TINY_MP4, api_pid, pipeline_pid
from forgesyte.tests.faults.conftest import SEED, Report, runs
from jobs.store.gateway import LOCK_NAME
from jobs.store.wire import Wire, WireBroken

# Signals one after the other, and who gets them. The child ignores SIGTERM: the worker stops it.
FAULTS: list[tuple[tuple[Signals, ...], str]] = [
    *(((SIGKILL,), target) for target in ("api", "worker", "child", "api and worker")),
    *(((SIGSTOP, SIGCONT), target) for target in ("api", "worker", "child")),
    *(((sign,), target) for sign in (SIGTERM, SIGHUP) for target in ("api", "worker")),
    ((SIGTERM, SIGTERM), "worker"),
    ((SIGHUP, SIGINT), "worker"),
]
CLIENTS, PERIOD_S, LONGEST_PAUSE_S, LONGEST_WITHOUT_OWNER_S, JOB_S = 4, 2.0, 1.5, 2.0, 600.0
# What a client may see: an answer, "try again", or a broken connection.
ALLOWED = {"200", "202", "503", "dropped"}
# A job may fail only because it was interrupted twice.
REASONS = ("Interrupted twice", "SIGKILL")
QUERY = "SELECT job_id, status, coalesce(error_message, '-') FROM jobs"
Rows = dict[str, tuple[str, str]]


def use(
    installation: Installation, stopped: threading.Event, answered: list[str], seen: Counter[str]
) -> None:
    """A client: uploads a video every PERIOD_S and polls it meanwhile, whatever happens."""
    with installation.client() as client:
        while not stopped.wait(0.05):
            begun, job_id = time.monotonic(), ""
            while time.monotonic() < begun + (PERIOD_S if job_id else JOB_S):
                time.sleep(0.05)
                try:
                    answer = client.status(job_id) if job_id else client.submit(TINY_MP4)
                except FAILURES:
                    seen["dropped"] += 1
                    continue
                seen[str(answer.status_code)] += 1
                if answer.status_code == 202:
                    answered.append(job_id := answer_checks.submitted(answer))
                elif answer.status_code == 200:
                    answer_checks.status(answer, job_id)


class Prober(threading.Thread):
    """Measures how long no owner of the job store answers, except while `excused`."""

    def __init__(self, data: Path) -> None:
        super().__init__()
        self.longest_s, self.excused, self.stopped = 0.0, False, False
        self._folder = data / "run"

    def owner(self) -> int:
        return int((self._folder / LOCK_NAME).read_text() or 0)

    def run(self) -> None:
        wire: Wire | None = None
        last = time.monotonic()
        while not self.stopped:
            time.sleep(0.02)
            deadline = time.monotonic() + 0.5
            try:
                wire = wire or Wire.connect(self._folder, deadline)
                wire.send(("size", (), {}, deadline), deadline)
                wire.receive(deadline)
                answered = True
            except WireBroken:
                if wire is not None:
                    wire.close()
                wire, answered = None, False
            if answered and not self.excused:
                self.longest_s = max(self.longest_s, time.monotonic() - last)
            if answered or self.excused:
                last = time.monotonic()


def pid_of(installation: Installation, target: str, *, of_server: bool) -> int | None:
    """Waits until the other process is up, so that somebody owns the store."""
    assert installation.api is not None and installation.worker is not None
    if target != "api":
        installation.api.wait_ready(API_READY)
    if target != "worker":
        installation.worker.wait_ready(WORKER_READY)
    if target == "child":
        wait_until(lambda: pipeline_pid(installation) is not None, JOB_S, "no child")
        return pipeline_pid(installation)
    if target == "api" and of_server:
        return api_pid(installation)
    return installation.api.pid if "api" in target else installation.worker.pid


def strike(
    installation: Installation, signals: tuple[Signals, ...], target: str, chance: random.Random
) -> None:
    """Send the signals with pauses between them, and start again what ended."""
    assert installation.api is not None and installation.worker is not None
    pid = pid_of(installation, target, of_server=SIGSTOP in signals)
    pids = [pid] if target != "api and worker" else [pid, installation.worker.pid]
    for number, sign in enumerate(signals):
        time.sleep(chance.uniform(0, LONGEST_PAUSE_S) if number else 0)
        for pid in filter(None, pids):
            with suppress(ProcessLookupError):
                os.kill(pid, sign)
    if target == "child" or SIGSTOP in signals:
        return
    for name, process in (("api", installation.api), ("worker", installation.worker)):
        if name in target:
            process.wait_end(JOB_S)
    if "api" in target:
        installation.start_api(wait="worker" in target)
    if "worker" in target:
        installation.start_worker(wait=False)


def rows_of(installation: Installation) -> Rows:
    """Status and error message of each job, through `dbshell`."""
    shell = installation.command("dbshell", "--", "-c", QUERY)
    assert shell.wait_end() == 0, shell.failure()
    lines = [tuple(map(str.strip, line.split(" | "))) for line in shell.output().splitlines()]
    return {line[0]: (line[1], line[2]) for line in lines if len(line) == 3 and line[0] != "job_id"}


def problems(data: Path, rows: Rows, answered: list[str], expected: bytes) -> Iterator[str]:
    """What is lost, unfinished, partial or unexplained; `expected` are the undisturbed results."""
    yield from (f"{job_id} is lost" for job_id in answered if job_id not in rows)
    results = {path.name: path for path in (data / "video_jobs").glob("*_results.json")}
    for job_id, (status, error) in rows.items():
        path = results.pop(f"{job_id}_results.json", None)
        if status == "completed" and (path is None or path.read_bytes() != expected):
            yield f"{job_id} has wrong results"
        elif status != "completed" and path is not None:
            yield f"{job_id} is {status} and has results"
        elif status in ("pending", "running"):
            yield f"{job_id} is unfinished"
        elif status == "failed" and not any(reason in error for reason in REASONS):
            yield f"{job_id} failed: {error}"
    yield from (f"{name} belongs to no job" for name in results)


@runs(short=3, full=200)
def test_kills(count: int, installation: Installation, report: Report) -> None:
    data, chance, done = installation.data_dir, random.Random(SEED), Counter[str]()
    installation.start()
    with installation.client() as client:
        first = answer_checks.submitted(client.submit(TINY_MP4))
        client.wait_for_end(first, JOB_S)
    expected = (data / f"video_jobs/{first}_results.json").read_bytes()
    stopped, prober = threading.Event(), Prober(data)
    answered, seen = list[str](), Counter[str]()
    prober.start()
    with ThreadPoolExecutor(CLIENTS) as pool, ExitStack() as stack:
        clients = [pool.submit(use, installation, stopped, answered, seen) for _ in range(CLIENTS)]
        stack.callback(stopped.set)
        stack.callback(prober.join)
        stack.callback(setattr, prober, "stopped", True)
        for _ in range(count):
            signals, target = chance.choice(FAULTS)
            owner = pid_of(installation, target, of_server=True) == prober.owner()
            time.sleep(chance.uniform(0, LONGEST_PAUSE_S))
            # While both are gone nobody can own the store, and a frozen owner stays the owner.
            prober.excused = target == "api and worker" or SIGSTOP in signals
            strike(installation, signals, target, chance)
            prober.excused = False
            done.update(
                [f"{'+'.join(sign.name for sign in signals)} {target}", f"on the owner: {owner}"]
            )
    for ended in clients:
        ended.result()
    installation.wait_ready()
    final = {"completed", "failed"}
    wait_until(lambda: {status for status, _ in rows_of(installation).values()} <= final, JOB_S, "")
    installation.stop()
    rows, log = rows_of(installation), installation.log()
    found = list(problems(data, rows, answered, expected))
    report(
        faults=done,
        seen=seen,
        answered=len(answered),
        statuses=Counter(status for status, _ in rows.values()),
        interrupted={"once": log.count("Interrupted once"), "child": log.count("Trying once more")},
        longest_without_owner_s=round(prober.longest_s, 3),
        problems=found,
    )
    assert not found
    assert set(seen) <= ALLOWED
    assert len(set(answered)) == len(answered) > count
    assert count < 20 or prober.longest_s <= LONGEST_WITHOUT_OWNER_S
