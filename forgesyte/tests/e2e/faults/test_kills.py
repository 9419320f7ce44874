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

import psutil

from forgesyte import response_checks
from forgesyte.api_client import FAILURES
from forgesyte.installation import (
    API_READY,
    WORKER_READY,
    Installation,
    ManagedProcess,
    wait_until,
)
from forgesyte.tests.conftest import TINY_MP4, api_pid, pipeline_pid
from forgesyte.tests.e2e.faults.conftest import SEED, Report, runs
from forgesyte.tests.e2e.faults.prober import Prober

# Signals one after the other, and who gets them. The child ignores SIGTERM: the worker stops it.
FAULTS: list[tuple[tuple[Signals, ...], str]] = [
    *(((SIGKILL,), target) for target in ("api", "worker", "child", "api and worker")),
    *(((SIGSTOP, SIGCONT), target) for target in ("api", "worker", "child")),
    *(((sign,), target) for sign in (SIGTERM, SIGHUP) for target in ("api", "worker")),
    *((signals, "worker") for signals in ((SIGTERM, SIGTERM), (SIGHUP, SIGINT))),
    *((signals, "run_all") for signals in ((SIGHUP,), (SIGHUP, SIGTERM))),
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
                    answered.append(job_id := response_checks.submitted(answer))
                elif answer.status_code == 200:
                    response_checks.status(answer, job_id)


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
    if target == "run_all":
        close_terminal(installation, signals, chance)
        return
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


def close_terminal(
    installation: Installation, signals: tuple[Signals, ...], chance: random.Random
) -> None:
    """Let `run_all` run in place of API and worker, send it the signals, and start the two again.

    It waits for its job, or gives it back at the second signal, and leaves no process behind.
    """
    assert installation.api is not None and installation.worker is not None
    for process in (installation.api, installation.worker):
        process.terminate(JOB_S)
    both = installation.command("run_all", "--port", str(installation.port))
    for sign in (API_READY, WORKER_READY):
        both.wait_ready(sign)
    family = psutil.Process(both.pid).children(recursive=True)
    for number in signals:
        time.sleep(chance.uniform(0, LONGEST_PAUSE_S))
        os.kill(both.pid, number)
    assert both.wait_end(JOB_S) == 0, both.failure()
    assert not psutil.wait_procs(family, 5.0)[1]
    installation.start_api()
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


def wrongly_counted(started: list[ManagedProcess]) -> Iterator[str]:
    """Interruptions that a worker counted although none before it was killed.

    A killed one interrupts one job at most; a worker that is ready has counted it.
    """
    killed = 0
    for process in started:
        if process.name not in ("run_worker", "run_all"):
            continue
        killed -= process.output().count("Interrupted ")
        if killed < 0:
            yield f"the worker {process.pid} counted an interruption too many"
        if killed < 0 or WORKER_READY.search(process.output()):
            killed = 0
        killed += process.popen.returncode == -SIGKILL


@runs(short=3, full=200)
def test_kills(count: int, installation: Installation, report: Report) -> None:
    data, chance, done = installation.data_dir, random.Random(SEED), Counter[str]()
    installation.start()
    with installation.client() as client:
        first = response_checks.submitted(client.submit(TINY_MP4))
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
            prober.excused = target in ("api and worker", "run_all") or SIGSTOP in signals
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
    found = [
        *problems(data, rows, answered, expected),
        *wrongly_counted(installation.started),
    ]
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
