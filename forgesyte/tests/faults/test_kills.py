"""Processes are killed, frozen and stopped at random moments: no acknowledged job is lost."""

from __future__ import annotations

import http.client
import json
import os
import queue
import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path

import pytest

from forgesyte import answer_checks
from forgesyte.api_client import Answer, ApiClient
from forgesyte.installation import API_READY, WORKER_READY, Installation
from forgesyte.managed_process import wait_until
from forgesyte.tests.conftest import TINY_MP4
from forgesyte.tests.faults.conftest import SEED, Report, runs
from jobs.store.gateway import LOCK_NAME
from jobs.store.wire import Wire, WireBroken

BOTH = "api and worker"
# The child ignores SIGTERM: the worker stops it.
FAULTS = [
    *(("SIGKILL", target) for target in ("api", "worker", "child", BOTH)),
    *(("SIGSTOP", target) for target in ("api", "worker", "child")),
    *(("SIGTERM", target) for target in ("api", "worker")),
    ("SIGTERM twice", "worker"),
]
CLIENTS = 4
LONGEST_PAUSE_S, LONGEST_FREEZE_S = 1.0, 1.5
LONGEST_WITHOUT_OWNER_S = 2.0
JOB_S = 600.0
# What a client may see: an answer, "try again", or a broken connection.
ALLOWED = {"200", "202", "503", "dropped"}
# A job may fail only because it was interrupted twice.
REASONS = ("Interrupted twice", "SIGKILL")
QUERY = "SELECT job_id, status, coalesce(error_message, '-') FROM jobs"
Rows = dict[str, tuple[str, str]]


class Clients:
    """Threads that upload a video for each `uploads.put(True)` and poll jobs meanwhile."""

    def __init__(self, installation: Installation) -> None:
        self.answered: list[str] = []
        self.seen: Counter[str] = Counter()
        self.uploads: queue.Queue[bool] = queue.Queue()
        self._installation = installation
        self._stopped = threading.Event()
        self._pool = ThreadPoolExecutor(CLIENTS)
        self._running = [self._pool.submit(self._run, number) for number in range(CLIENTS)]

    def finish(self) -> None:
        """Wait until every upload has been answered with 202."""
        for _ in self._running:
            self.uploads.put(False)
        for client in self._running:
            client.result()

    def stop(self) -> None:
        self._stopped.set()
        self._pool.shutdown()

    def _run(self, number: int) -> None:
        chance = random.Random(number)
        with self._installation.client() as client:
            while not self._stopped.is_set():
                try:
                    if not self.uploads.get(timeout=0.05):
                        return
                    self._submit(client)
                except queue.Empty:
                    if self.answered:
                        self._poll(client, chance.choice(self.answered))

    def _submit(self, client: ApiClient) -> None:
        while not self._stopped.is_set():
            answer = self._ask(lambda: client.submit(TINY_MP4))
            if answer is not None and answer.status == 202:
                self.answered.append(answer_checks.submitted(answer))
                return
            time.sleep(0.05)

    def _poll(self, client: ApiClient, job_id: str) -> None:
        answer = self._ask(lambda: client.status(job_id))
        if answer is not None and answer.status == 200:
            answer_checks.status(answer, job_id)

    def _ask(self, call: Callable[[], Answer]) -> Answer | None:
        try:
            answer = call()
        except (OSError, http.client.HTTPException):
            self.seen["dropped"] += 1
            return None
        self.seen[str(answer.status)] += 1
        return answer


class Prober:
    """Measures how long no owner of the job store answers, except while `excused`."""

    def __init__(self, data: Path) -> None:
        self.longest_s, self.answers = 0.0, 0
        self._folder = data / "run"
        self._last: float | None = None
        self._excused = False
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> Prober:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._stopped.set()
        self._thread.join()

    @contextmanager
    def excused(self) -> Iterator[None]:
        self._excused = True
        yield
        self._last, self._excused = None, False

    def owner(self) -> int:
        return int((self._folder / LOCK_NAME).read_text() or 0)

    def _run(self) -> None:
        wire: Wire | None = None
        while not self._stopped.wait(0.02):
            deadline = time.monotonic() + 0.5
            try:
                wire = wire or Wire.connect(self._folder, deadline)
                wire.send(("size", (), {}, deadline), deadline)
                wire.receive(deadline)
            except WireBroken:
                wire = wire.close() if wire is not None else None
                continue
            now, self.answers = time.monotonic(), self.answers + 1
            if self._last is not None and not self._excused:
                self.longest_s = max(self.longest_s, now - self._last)
            self._last = now


def pid_of(installation: Installation, target: str) -> int | None:
    """Waits until the process and the other one are up: somebody has to own the store."""
    assert installation.api is not None and installation.worker is not None
    if target != "api":
        installation.api.wait_ready(API_READY)
    if target != "worker":
        installation.worker.wait_ready(WORKER_READY)
    if target == "child":
        wait_until(lambda: installation.pipeline_pid() is not None, JOB_S, "no child")
        return installation.pipeline_pid()
    return installation.api_pid() if "api" in target else installation.worker.pid


def strike(
    installation: Installation, prober: Prober, chance: random.Random, name: str, target: str
) -> None:
    """Signal the target and start again what ended."""
    assert installation.api is not None and installation.worker is not None
    pid = pid_of(installation, target)
    if name == "SIGSTOP" or target == "child":
        with prober.excused() if name == "SIGSTOP" else nullcontext(), suppress(ProcessLookupError):
            os.kill(pid or 0, signal.SIGSTOP if name == "SIGSTOP" else signal.SIGKILL)
            if name == "SIGSTOP":
                time.sleep(chance.uniform(0, LONGEST_FREEZE_S))
                os.kill(pid or 0, signal.SIGCONT)
        return
    processes = {"api": installation.api, "worker": installation.worker}
    struck = [process for key, process in processes.items() if key in target]
    with prober.excused() if target == BOTH else nullcontext():
        for process in struck:
            process.popen.send_signal(signal.SIGKILL if name == "SIGKILL" else signal.SIGTERM)
        if name == "SIGTERM twice":
            time.sleep(chance.uniform(0, LONGEST_PAUSE_S))
            installation.worker.popen.terminate()
        for process in struck:
            process.wait_end(JOB_S)
        if "api" in target:
            installation.start_api(wait=target == BOTH)
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


@runs(short=4, full=200)
def test_kills(count: int, installation: Installation, report: Report) -> None:
    data, chance, done = installation.data_dir, random.Random(SEED), Counter[str]()
    installation.start()
    with installation.client() as client:
        first = answer_checks.submitted(client.submit(TINY_MP4))
        client.wait_for_end(first, JOB_S)
    expected = (data / f"video_jobs/{first}_results.json").read_bytes()
    assert isinstance(json.loads(expected), list)
    clients = Clients(installation)
    try:
        with Prober(data) as prober:
            for number in range(count):
                for _ in range(2 + number % 2):
                    clients.uploads.put(True)
                name, target = chance.choice(FAULTS)
                done["on the owner"] += pid_of(installation, target) == prober.owner()
                time.sleep(chance.uniform(0, LONGEST_PAUSE_S))
                strike(installation, prober, chance, name, target)
                done[f"{name} {target}"] += 1
        clients.finish()
    finally:
        clients.stop()
    installation.wait_ready()

    def finished() -> bool:
        return not {"pending", "running"} & {status for status, _ in rows_of(installation).values()}

    wait_until(finished, JOB_S, "jobs did not end")
    installation.stop()
    rows, log = rows_of(installation), installation.log()
    found = list(problems(data, rows, clients.answered, expected))
    report(
        faults=done,
        seen=clients.seen,
        answered=len(clients.answered),
        unanswered=len(rows) - len(clients.answered) - 1,
        statuses=Counter(status for status, _ in rows.values()),
        jobs_hit={
            "by the worker": log.count("Interrupted once"),
            "by the child": log.count("Trying once more"),
        },
        longest_without_owner_s=round(prober.longest_s, 3),
        probes=prober.answers,
        problems=found,
    )
    assert not found
    assert set(clients.seen) <= ALLOWED
    assert len(set(clients.answered)) == sum(2 + number % 2 for number in range(count))
    assert count < 20 or prober.longest_s <= LONGEST_WITHOUT_OWNER_S


@pytest.mark.parametrize(
    ("rows", "results", "found"),
    [
        ({"a": ("completed", "-"), "b": ("failed", "Interrupted twice: ...")}, {"a": b"[0]"}, []),
        ({}, {}, ["a is lost"]),
        ({"a": ("running", "-")}, {}, ["a is unfinished"]),
        ({"a": ("completed", "-")}, {"a": b"[0"}, ["a has wrong results"]),
        ({"a": ("completed", "-")}, {}, ["a has wrong results"]),
        ({"a": ("failed", "SIGKILL")}, {"a": b"[0]"}, ["a is failed and has results"]),
        ({"a": ("failed", "KeyError")}, {}, ["a failed: KeyError"]),
        ({"a": ("failed", "SIGKILL")}, {"b": b"[0]"}, ["b_results.json belongs to no job"]),
    ],
)
def test_problems_are_found(
    tmp_path: Path, rows: Rows, results: dict[str, bytes], found: list[str]
) -> None:
    (tmp_path / "video_jobs").mkdir()
    for job_id, content in results.items():
        (tmp_path / f"video_jobs/{job_id}_results.json").write_bytes(content)
    assert list(problems(tmp_path, rows, ["a"], b"[0]")) == found
