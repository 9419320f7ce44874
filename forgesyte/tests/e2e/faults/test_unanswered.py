"""Calls that the owner does not answer in time: clients are told, and nothing half-done stays."""

from __future__ import annotations

import os
import random
import threading
import time
import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from signal import SIGCONT, SIGSTOP
from typing import Any

import pytest
from rest_framework.test import APIClient
from sqlalchemy.orm import Session

from forgesyte import response_checks
from forgesyte.installation import Installation, wait_until
from forgesyte.tests.conftest import TINY_MP4
from forgesyte.tests.e2e.faults.conftest import SEED, Report, runs
from forgesyte.tests.e2e.faults.test_kills import rows_of
from jobs.api import services
from jobs.composition import job_store
from jobs.exceptions import DataFolderUnusable
from jobs.tests.conftest import mp4, owner_of

POLLERS, UPLOADERS, ANSWER_S, WELL_AFTER_S, AGREE_S = 8, 3, 6.0, 2.0, 10.0


def stored(data: Path) -> set[str]:
    return {path.stem for path in (data / "video_jobs").glob("*.mp4")}


def marked(data: Path) -> bool:
    return any((data / "tmp").glob(f"{services.MARKER_PREFIX}*"))


class Client(threading.Thread):
    """Polls a job, or uploads, until `stopped`: how long each call took, and what it brought."""

    def __init__(self, installation: Installation, job_id: str | None) -> None:
        super().__init__()
        self.calls: list[tuple[float, int, bool]] = []
        self.stopped = False
        self._installation, self._job_id = installation, job_id

    def run(self) -> None:
        with self._installation.client() as client:
            while not self.stopped:
                begun = time.monotonic()
                answer = client.status(self._job_id) if self._job_id else client.submit(TINY_MP4)
                retry = "retry-after" in answer.headers
                self.calls.append((time.monotonic() - begun, answer.status_code, retry))
                time.sleep(0.05)


@runs(short=1, full=180)
def test_frozen_owner(count: int, installation: Installation, report: Report) -> None:
    """count: seconds."""
    data, worker = installation.data_dir, installation.start_worker()
    installation.start_api()
    with installation.client() as client, ExitStack() as stack:
        job_id = response_checks.submitted(client.submit(TINY_MP4))
        client.wait_for_end(job_id, 60.0)
        os.kill(worker.pid, SIGSTOP)
        stack.callback(os.kill, worker.pid, SIGCONT)
        time.sleep(0.1)  # it takes effect a little after it is sent
        clients = [Client(installation, job_id) for _ in range(POLLERS)]
        clients += [Client(installation, None) for _ in range(UPLOADERS)]
        for thread in clients:
            thread.start()
        time.sleep(count)
        for thread in clients:
            thread.stopped = True
        for thread in clients:
            thread.join()
    thawed = time.monotonic()
    with installation.client() as client:
        assert client.status(job_id).status_code == 200
        new = response_checks.submitted(client.submit(TINY_MP4))
        well_s = time.monotonic() - thawed
        assert client.wait_for_end(new, 60.0).status == "completed"
    wait_until(lambda: not marked(data), AGREE_S, "undecided submissions")
    calls = [call for thread in clients for call in thread.calls]
    seen, longest_s = Counter(code for _, code, _ in calls), max(call[0] for call in calls)
    report(seconds=count, seen=seen, longest_s=round(longest_s, 2), well_after_s=round(well_s, 2))
    assert set(seen) == {503} and all(retry for *_, retry in calls)
    assert longest_s < ANSWER_S and well_s < WELL_AFTER_S
    assert stored(data) == set(rows_of(installation))


@runs(short=5, full=100)
def test_unknown_outcomes(
    count: int, own_store: Path, monkeypatch: pytest.MonkeyPatch, report: Report
) -> None:
    """Commits end about when the deadline of their call does, and fsync may fail after them."""
    monkeypatch.setattr(services, "ANSWER_S", 0.1)
    monkeypatch.setattr(services, "RETRY_S", 0.1)
    chance, store, faulty = random.Random(SEED), job_store(), threading.Event()
    store.join()
    store._timeout = 0.3
    database: Any = owner_of(store)._database
    commit, settle, settles = Session.commit, database._sync_log, list[bool]()

    def late(session: Session) -> None:
        before, after = [chance.uniform(0, 0.25) * faulty.is_set() for _ in range(2)]
        settles[:] = [not faulty.is_set() or chance.random() > 0.3]
        time.sleep(before)
        commit(session)
        time.sleep(after)

    def settle_or_fail() -> None:
        if not all(settles):
            raise DataFolderUnusable
        settle()

    monkeypatch.setattr(Session, "commit", late)
    monkeypatch.setattr(database, "_sync_log", settle_or_fail)
    answers, claimed, longest_s = Counter[int](), set[uuid.UUID](), 0.0
    with ThreadPoolExecutor(3) as pool:
        for _ in range(count):
            faulty.set()
            calls = [
                pool.submit(APIClient().post, "/v1/video/submit", {"file": mp4()}) for _ in range(3)
            ]
            round_answers = [call.result() for call in calls]
            faulty.clear()
            ended = time.monotonic()
            answers.update(answer.status_code for answer in round_answers)
            wait_until(lambda: not marked(own_store), AGREE_S, "undecided submissions")
            with store.within(AGREE_S):
                rows = {str(job_id) for (job_id,) in store.select("SELECT job_id FROM jobs").rows}
                longest_s = max(longest_s, time.monotonic() - ended)
                assert stored(own_store) == rows
                accepted = [a.json()["job_id"] for a in round_answers if a.status_code == 202]
                assert rows.issuperset(accepted)
                while job := store.claim():
                    claimed.add(store.complete(job.job_id, "r.json").job_id)
            assert {str(job_id) for job_id in claimed} == rows
    report(rounds=count, answers=answers, jobs=len(claimed), longest_s=round(longest_s, 2))
    assert set(answers) == {202, 503} or count < 20
