"""Hostile videos on the whole way of a job: upload, worker, results, and its page for some."""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from forgesyte import answer_checks
from forgesyte.api_client import ApiClient
from forgesyte.benchmarks.figures import Measurement
from forgesyte.faults.hostile.canary import WORD, Canary
from forgesyte.faults.hostile.files import FAMILIES, HostileFile, hostile_file
from forgesyte.faults.memory_watch import MemoryWatch
from forgesyte.faults.understood import is_understood
from forgesyte.installation import Installation

# At a time, so that the worker always has one. Jobs run one after the other, so a job that has
# not ended so long after the one before it hangs: twice what a decoder may be silent, and some.
BATCH = 20
HANG_S = 240.0
PAGE_OF_EVERY = 25
# Whoever decodes these may take any size: what is looked at is that boxes are boxes.
ANY_SIZE = (10**9, 10**9)
ENDED = re.compile(r"job (\S+): (?:completed|failed) after ([\d.]+) s")
NUMBER = re.compile(r"(?<![\w.-])\d+(?![\w])")
UNEXPECTED = "unexpected failure"


class VideoRun:
    """What became of the files of one run, family by family."""

    def __init__(self, installation: Installation, client: ApiClient, folder: Path) -> None:
        self.outcomes: dict[str, Counter[str]] = {name: Counter() for name in FAMILIES}
        self.messages: dict[str, Counter[str]] = {name: Counter() for name in FAMILIES}
        self.wrong: list[str] = []
        self._installation = installation
        self._client = client
        self._upload = folder / "upload.mp4"

    def send(self, file: HostileFile) -> str | None:
        """The id of its job; None if it was refused."""
        self._upload.write_bytes(file.content)
        answer = self._client.submit(self._upload)
        if answer.status == 202:
            return answer_checks.submitted(answer)
        detail = answer_checks.error(answer, 400, f"file {file.number}")
        self._note(file, "refused", detail)
        return None

    def look(self, file: HostileFile, job_id: str) -> None:
        """Wait for the end of a job and look at what is left of it."""
        status = self._client.wait_for_end(job_id, HANG_S)
        self._note(file, status["status"], status.get("error_message", ""))
        if status["status"] == "completed":
            answer = self._client.results(job_id)
            items = answer.json().get("results", []) if answer.status == 200 else []
            try:
                answer_checks.results(answer, job_id, max(1, len(items)), ANY_SIZE)
            except answer_checks.UnexpectedAnswer as error:
                self.wrong.append(f"file {file.number}: {error}")
            if any(WORD.split()[0] in item["result"]["text"] for item in items):
                self.wrong.append(f"file {file.number}: shows what is outside the data folder")
        if file.number % PAGE_OF_EVERY == 0:
            page = self._client.get(f"/jobs/{job_id}", accept="text/html")
            if page.status != 200:
                self.wrong.append(f"file {file.number}: its page is answered {page.status}")

    def _note(self, file: HostileFile, outcome: str, message: str) -> None:
        self.outcomes[file.family][outcome] += 1
        if outcome != "completed":
            self.messages[file.family][NUMBER.sub("<n>", message)] += 1
            if not is_understood(outcome, message, self._installation.data_dir):
                self.wrong.append(f"file {file.number}: {outcome}: {message}")


def measure(folder: Path, video: Path, count: int, seed: int) -> Iterator[Measurement]:
    """Send `count` files; a figure for each family, and one for the whole run."""
    begun = time.monotonic()
    data = folder / "data"
    with Installation(data) as installation, Canary(folder) as canary:
        installation.start()
        with installation.client() as client, MemoryWatch(installation) as memory:
            run = VideoRun(installation, client, folder)
            _honest(client, video)
            processes = [installation.api, installation.worker]
            for start in range(0, count, BATCH):
                numbers = range(start, min(count, start + BATCH))
                files = [hostile_file(number, seed, canary) for number in numbers]
                sent = [(file, run.send(file)) for file in files]
                for file, job_id in sent:
                    if job_id is not None:
                        run.look(file, job_id)
            _honest(client, video)
            alive = all(process is not None and process.alive for process in processes)
            touched = {"opened": canary.opened(), "called": canary.calls}
        log = installation.log()
    yield from _families(run)
    ok = alive and not run.wrong and UNEXPECTED not in log
    yield {
        "fault": "videos",
        "seed": seed,
        "files": count,
        "outcomes": dict(sum(run.outcomes.values(), Counter())),
        "wrong": run.wrong[:20],
        "processes_alive": alive,
        "child_deaths": _deaths(run, log),
        "canary": touched,
        "child_peak_mib": memory.peak_bytes // 2**20,
        "child_bound_mib": memory.bound_bytes // 2**20,
        "longest_job_s": max((float(s) for _, s in ENDED.findall(log)), default=0.0),
        "seconds": round(time.monotonic() - begun, 1),
        "ok": ok and not any(touched.values()) and memory.peak_bytes <= memory.bound_bytes,
    }


def _honest(client: ApiClient, video: Path) -> None:
    """An honest video goes through, before and after the others."""
    job_id = answer_checks.submitted(client.submit(video))
    status = client.wait_for_end(job_id, HANG_S)
    if status["status"] != "completed":
        raise answer_checks.UnexpectedAnswer(f"an honest video failed: {status}")


def _families(run: VideoRun) -> Iterator[Measurement]:
    for family in FAMILIES:
        if run.outcomes[family]:
            yield {
                "fault": "videos",
                "family": family,
                "outcomes": dict(run.outcomes[family]),
                "messages": dict(run.messages[family].most_common()),
                "ok": True,  # what is wrong is in the last figure, with the numbers of the files
            }


def _deaths(run: VideoRun, log: str) -> dict[str, int]:
    messages: Counter[str] = sum(run.messages.values(), Counter())
    stuck = sum(n for text, n in messages.items() if "got stuck" in text)
    ended = sum(n for text, n in messages.items() if "ended by the signal" in text)
    return {"crashed": ended, "stuck": stuck, "tried_again": log.count("Trying once more")}
