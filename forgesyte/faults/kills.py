"""Processes killed, frozen and told to stop at random moments, while jobs are submitted."""

from __future__ import annotations

import os
import random
import shutil
import signal
import time
from collections import Counter
from pathlib import Path

from forgesyte import answer_checks
from forgesyte.benchmarks.figures import Measurement
from forgesyte.faults.clients import ALLOWED, Clients
from forgesyte.faults.kill_checks import check_outcome, read_rows
from forgesyte.faults.prober import OwnerProber
from forgesyte.installation import API_READY, WORKER_READY, Installation
from forgesyte.managed_process import wait_until

TARGETS = ("api", "worker", "pipeline")
BOTH = "api and worker"
# The pipeline's process leaves SIGTERM to the worker.
FAULTS = [
    *(("SIGKILL", target) for target in TARGETS),
    *(("SIGSTOP", target) for target in TARGETS),
    *(("SIGTERM", target) for target in TARGETS[:2]),
    ("SIGTERM twice", "worker"),
    ("SIGKILL", BOTH),
]
LONGEST_WAIT_S = 1.0
LONGEST_FREEZE_S = 1.5
JOB_S = 600.0
# What the worker logs of a job that one of the faults interrupted.
HIT, HIT_CHILD = "Interrupted once", "Trying once more"


def measure(
    folder: Path,
    video: Path,
    jobs: int,
    kills: int,
    seed: int,
    clients: int = 4,
    longest_s: float | None = None,
) -> Measurement:
    """Let faults come, restart, wait for every job, and look at everything that is left.

    With `longest_s` also the longest stretch without an owner that answers is judged; stretches
    in which this measurement froze a process do not count: a frozen owner stays the owner.
    """
    begun = time.monotonic()
    data = folder / "data"
    chance = random.Random(seed)  # noqa: S311  # nosec B311 # repeatable
    with Installation(data) as installation:
        installation.start()
        expected = _undisturbed(installation, video)
        storm = Clients(installation, video, jobs, kills, clients)
        storm.start()
        try:
            with OwnerProber(data) as prober:
                done = _let_come(installation, storm, prober, kills, chance)
        except BaseException:
            storm.stop()
            raise
        storm.finish()
        installation.wait_ready()
        with installation.client() as client:
            for job_id in storm.answered:
                client.wait_for_end(job_id, JOB_S)
        wait_until(lambda: not _unfinished(installation), JOB_S, "unanswered jobs did not end")
        installation.stop()
        rows = read_rows(installation)
        log = installation.log()
    outcome = check_outcome(data, rows, storm.answered, expected)
    shutil.rmtree(data)
    in_time = longest_s is None or prober.longest_s <= longest_s
    clear = not storm.unclear and set(storm.seen) <= ALLOWED
    return {
        "fault": "kills",
        "seed": seed,
        "on_the_owner": done.pop("on the owner"),
        "faults": dict(done),
        "jobs_hit": {"by the worker's end": log.count(HIT), "by the child's": log.count(HIT_CHILD)},
        "jobs": jobs,
        "clients": clients,
        "seen": dict(storm.seen),
        "unclear": storm.unclear[:10],
        "longest_without_owner_s": round(prober.longest_s, 3),
        "longest_with_frozen_s": round(prober.longest_with_frozen_s, 3),
        "probes": prober.answers,
        **outcome,
        "ok": outcome["ok"] and clear and in_time and len(storm.answered) == jobs,
        "seconds": round(time.monotonic() - begun, 1),
    }


def _undisturbed(installation: Installation, video: Path) -> bytes:
    """The results file of a run that nothing disturbs."""
    with installation.client() as client:
        job_id = answer_checks.submitted(client.submit(video))
        client.wait_for_end(job_id, JOB_S)
    return (installation.data_dir / f"video_jobs/{job_id}_results.json").read_bytes()


def _let_come(
    installation: Installation,
    storm: Clients,
    prober: OwnerProber,
    kills: int,
    chance: random.Random,
) -> Counter[str]:
    done: Counter[str] = Counter()
    for number in range(1, kills + 1):
        name, target = chance.choice(FAULTS)
        _wait_for_others(installation, target)
        time.sleep(chance.uniform(0, LONGEST_WAIT_S))
        done["on the owner"] += _pid(installation, target) == prober.owner()
        if name == "SIGSTOP":
            _freeze(installation, target, prober, chance.uniform(0, LONGEST_FREEZE_S))
        elif target == BOTH:
            with prober.frozen():  # nobody is there to own the store until they are started
                _kill_both(installation)
        elif name == "SIGTERM twice":
            _stop_at_once(installation, chance.uniform(0, LONGEST_WAIT_S))
        else:
            _end(installation, target, gently=name == "SIGTERM")
        done[f"{name} {target}"] += 1
        storm.allow(number)
    return done


def _wait_for_others(installation: Installation, target: str) -> None:
    """One that just starts may be hit; while both start there is nobody to own the store."""
    assert installation.api is not None and installation.worker is not None
    if target != "api":
        installation.api.wait_ready(API_READY)
    if target != "worker":
        installation.worker.wait_ready(WORKER_READY)
    if target == "pipeline":
        wait_until(lambda: installation.pipeline_pid() is not None, JOB_S, "no pipeline process")


def _freeze(installation: Installation, target: str, prober: OwnerProber, seconds: float) -> None:
    pid = _pid(installation, target)
    if pid is None:
        return
    with prober.frozen():
        try:
            os.kill(pid, signal.SIGSTOP)
            time.sleep(seconds)
            os.kill(pid, signal.SIGCONT)
        except ProcessLookupError:
            return


def _end(installation: Installation, target: str, *, gently: bool) -> None:
    """Kill or stop it, and start it again if it is not the worker that does so."""
    assert installation.api is not None and installation.worker is not None
    if target == "pipeline":
        pid = installation.pipeline_pid()
        if pid is not None:
            os.kill(pid, signal.SIGKILL)
        return
    process = installation.api if target == "api" else installation.worker
    if gently:
        process.terminate(JOB_S)
    else:
        process.kill()
    start = installation.start_api if target == "api" else installation.start_worker
    start(wait=False)


def _kill_both(installation: Installation) -> None:
    assert installation.api is not None and installation.worker is not None
    for process in (installation.api, installation.worker):
        os.kill(process.pid, signal.SIGKILL)
    for process in (installation.api, installation.worker):
        process.wait_end()
    installation.start_api(wait=False)
    installation.start_worker(wait=False)
    installation.api.wait_ready(API_READY)


def _stop_at_once(installation: Installation, pause: float) -> None:
    """The second signal comes at any moment: while a job runs, is recorded or is given back."""
    assert installation.worker is not None
    installation.worker.popen.terminate()
    time.sleep(pause)
    installation.worker.popen.terminate()
    installation.worker.wait_end(JOB_S)
    installation.start_worker(wait=False)


def _pid(installation: Installation, target: str) -> int | None:
    assert installation.api is not None and installation.worker is not None
    if target == "pipeline":
        return installation.pipeline_pid()
    return installation.api_pid() if target == "api" else installation.worker.pid


def _unfinished(installation: Installation) -> list[str]:
    rows = read_rows(installation)
    return [job_id for job_id, (status, _) in rows.items() if status in ("pending", "running")]
