"""`kill -9` of API, worker and pipeline process at random moments, while jobs are submitted."""

from __future__ import annotations

import http.client
import os
import random
import shutil
import signal
import threading
import time
from collections import Counter
from pathlib import Path

from forgesyte import answer_checks
from forgesyte.api_client import ApiClient
from forgesyte.benchmarks.figures import Measurement
from forgesyte.benchmarks.kill_checks import check_outcome, read_rows
from forgesyte.installation import Installation
from forgesyte.managed_process import wait_until

TARGETS = ("api", "worker", "pipeline")
LONGEST_WAIT_S = 1.0
JOB_S = 300.0
RETRY_S = 0.05
CLIENTS = 2


class Submitter:
    """Clients that submit until each of `jobs` uploads is answered with 202.

    They keep in step with the kills, so that jobs are on their way at each of them.
    """

    def __init__(self, installation: Installation, video: Path, jobs: int, kills: int) -> None:
        self.answered: list[str] = []
        self.retries = 0
        self._installation = installation
        self._video = video
        self._jobs, self._kills = jobs, kills
        self._taken = 0
        self._allowed = 0
        self._changed = threading.Condition()
        self._stopped = False
        self._threads = [threading.Thread(target=self._submit_jobs) for _ in range(CLIENTS)]

    def start(self) -> None:
        self.allow(0)
        for thread in self._threads:
            thread.start()

    def allow(self, kills_done: int) -> None:
        """Let the clients go on to the share of the jobs that belongs to so many kills."""
        with self._changed:
            self._allowed = -(-self._jobs * (kills_done + 1) // (self._kills + 1))
            self._changed.notify_all()

    def finish(self) -> None:
        for thread in self._threads:
            thread.join()

    def stop(self) -> None:
        with self._changed:
            self._stopped = True
            self._changed.notify_all()
        self.finish()

    def _take(self) -> bool:
        """Take the next upload, when it is time for it; False if there is none left."""
        with self._changed:
            self._changed.wait_for(
                lambda: self._stopped or self._taken < self._allowed or self._taken == self._jobs
            )
            if self._stopped or self._taken == self._jobs:
                return False
            self._taken += 1
            self._changed.notify_all()
            return True

    def _submit_jobs(self) -> None:
        with self._installation.client() as client:
            while self._take():
                while (job_id := self._submit(client)) is None and not self._stopped:
                    self.retries += 1
                    time.sleep(RETRY_S)
                if job_id is not None:
                    self.answered.append(job_id)

    def _submit(self, client: ApiClient) -> str | None:
        """One try: the id, or None if the API is away or cannot take it now."""
        try:
            answer = client.submit(self._video)
        except (OSError, http.client.HTTPException):
            return None
        return answer_checks.submitted(answer) if answer.status == 202 else None


def measure(folder: Path, video: Path, jobs: int, kills: int, seed: int) -> Measurement:
    """Kill, restart, wait for every job, and look at everything that is left."""
    begun = time.monotonic()
    data = folder / "data"
    with Installation(data) as installation:
        installation.start()
        expected = _undisturbed(installation, video)
        submitter = Submitter(installation, video, jobs, kills)
        submitter.start()
        try:
            killed = _kill(installation, submitter, kills, random.Random(seed))  # noqa: S311
        except BaseException:
            submitter.stop()
            raise
        submitter.finish()
        installation.wait_ready()
        with installation.client() as client:
            for job_id in submitter.answered:
                client.wait_for_end(job_id, JOB_S)
        wait_until(lambda: not _unfinished(installation), JOB_S, "unanswered jobs did not end")
        installation.stop()
        rows = read_rows(installation)
    outcome = check_outcome(data, rows, submitter.answered, expected)
    shutil.rmtree(data)
    return {
        "benchmark": "kills",
        "seed": seed,
        "kills": dict(killed),
        "jobs": jobs,
        "retries": submitter.retries,
        **outcome,
        "ok": outcome["ok"] and len(submitter.answered) == jobs,
        "seconds": round(time.monotonic() - begun, 1),
    }


def _undisturbed(installation: Installation, video: Path) -> bytes:
    """The results file of a run that nothing disturbs."""
    with installation.client() as client:
        job_id = answer_checks.submitted(client.submit(video))
        client.wait_for_end(job_id, JOB_S)
    return (installation.data_dir / f"video_jobs/{job_id}_results.json").read_bytes()


def _kill(
    installation: Installation, submitter: Submitter, kills: int, chance: random.Random
) -> Counter[str]:
    killed: Counter[str] = Counter(dict.fromkeys(TARGETS, 0))
    for number in range(1, kills + 1):
        target = chance.choice(TARGETS)
        installation.wait_ready()
        wait_until(lambda: installation.pipeline_pid() is not None, JOB_S, "no pipeline process")
        time.sleep(chance.uniform(0, LONGEST_WAIT_S))
        _kill_one(installation, target)
        killed[target] += 1
        submitter.allow(number)
    return killed


def _kill_one(installation: Installation, target: str) -> None:
    """Kill it, and start it again if it is not the worker that does so."""
    assert installation.api is not None and installation.worker is not None
    if target == "api":
        installation.api.kill()
        installation.start_api(wait=False)
    elif target == "worker":
        installation.worker.kill()
        installation.start_worker(wait=False)
    else:
        pid = installation.pipeline_pid()
        if pid is not None:
            os.kill(pid, signal.SIGKILL)


def _unfinished(installation: Installation) -> list[str]:
    rows = read_rows(installation)
    return [job_id for job_id, (status, _) in rows.items() if status in ("pending", "running")]
