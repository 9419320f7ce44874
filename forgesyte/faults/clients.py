"""Clients that submit and poll, whatever happens to the server."""

from __future__ import annotations

import http.client
import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from forgesyte import answer_checks
from forgesyte.api_client import Answer, ApiClient
from forgesyte.installation import Installation

PAUSE_S = 0.05
DROPPED = "dropped"
# What a client may see in a storm: it did, it is told to come again, or the connection is gone.
ALLOWED = frozenset({"200", "202", "503", DROPPED})


class Clients:
    """They submit until each of `jobs` uploads is answered with 202, and poll meanwhile.

    They keep in step with the faults, so that jobs are on their way at each of them.
    """

    def __init__(
        self, installation: Installation, video: Path, jobs: int, faults: int, clients: int
    ) -> None:
        self.answered: list[str] = []
        self.seen: Counter[str] = Counter()
        self.unclear: list[str] = []
        self._installation = installation
        self._video = video
        self._jobs, self._faults = jobs, faults
        self._taken = self._allowed = 0
        self._guard = threading.Lock()
        self._over = threading.Event()
        self._threads = [
            threading.Thread(target=self._run, args=(number,)) for number in range(clients)
        ]

    def start(self) -> None:
        self.allow(0)
        for thread in self._threads:
            thread.start()

    def allow(self, faults_done: int) -> None:
        """Let the clients go on to the share of the jobs that belongs to so many faults."""
        self._allowed = -(-self._jobs * (faults_done + 1) // (self._faults + 1))

    def finish(self) -> None:
        """Wait until every upload is answered."""
        for thread in self._threads:
            thread.join()

    def stop(self) -> None:
        self._over.set()
        self.finish()

    def _run(self, number: int) -> None:
        chance = random.Random(number)  # noqa: S311  # nosec B311 # repeatable
        with self._installation.client() as client:
            while not self._over.is_set():
                if self._take():
                    self._submit(client)
                elif self._taken == self._jobs:
                    return
                elif self.answered:
                    self._poll(client, chance.choice(self.answered))
                    time.sleep(PAUSE_S)

    def _take(self) -> bool:
        with self._guard:
            taken = self._taken < min(self._allowed, self._jobs)
            self._taken += taken
            return taken

    def _submit(self, client: ApiClient) -> None:
        while not self._over.is_set():
            answer = self._ask(lambda: client.submit(self._video))
            if answer is not None and answer.status == 202:
                self.answered.append(answer_checks.submitted(answer))
                return
            time.sleep(PAUSE_S)

    def _poll(self, client: ApiClient, job_id: str) -> None:
        answer = self._ask(lambda: client.status(job_id))
        if answer is not None and answer.status == 200:
            answer_checks.status(answer, job_id)

    def _ask(self, call: Callable[[], Answer]) -> Answer | None:
        try:
            answer = call()
        except (OSError, http.client.HTTPException):
            self.seen[DROPPED] += 1
            return None
        self.seen[str(answer.status)] += 1
        if str(answer.status) not in ALLOWED:
            self.unclear.append(f"{answer.status}: {answer.body[:200]!r}")
        return answer
