"""Hostile files go the whole way of a job: each ends in time with a message that people understand,
nothing but the upload is opened, and the child keeps to its bound on memory."""

from __future__ import annotations

import ctypes
import os
import re
import resource
import socket
import threading
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path

import pytest
from django.conf import settings

from forgesyte import answer_checks
from forgesyte.api_client import ApiClient
from forgesyte.benchmarks.figures import MIB, peak_resident_mib
from forgesyte.installation import HOST, Installation
from forgesyte.tests.conftest import TINY_MP4
from forgesyte.tests.faults.conftest import SEED, Report, runs
from forgesyte.tests.faults.hostile import FAMILIES, hostile_file
from pipeline.exceptions import PipelineProcessDied
from pipeline.tests.fixtures.make_tiny_mp4 import make_tiny_mp4

BATCH = 20  # so that the worker always has a job
# Jobs run one by one; a decoder may be silent for a minute, twice if it is tried again.
HANG_S = 240.0
PAGE_OF_EVERY = 25
ANY_SIZE = (10**9, 10**9)
IN_ACCESS, IN_OPEN = 0x001, 0x020  # inotify(7)
ENDED = re.compile(r"job \S+: (?:completed|failed) after ([\d.]+) s")
ENDPOINTS = settings.BASE_DIR / "docs" / "Phase_16" / "PHASE_16_ENDPOINTS.md"
SECTION = re.compile(r"^## Why a job fails$(.*?)(?:^## |\Z)", re.MULTILINE | re.DOTALL)
ROW = re.compile(r"^\|([^|]*)\| `(.*)` \|$", re.MULTILINE)
# These blame the server: no video may bring them about.
NOT_THE_VIDEO = ("the worker died", "the stored video is gone", "the server's", "anything else")
REFUSALS = (
    "This is not an MP4 file: it has no ftyp box at its start.",
    "The file is empty. Choose an MP4 file.",
)


@cache
def understood() -> re.Pattern[str]:
    """The documented reasons for which a video fails; `<...>` stands for a value."""
    section, found, reason = SECTION.search(ENDPOINTS.read_text(encoding="utf-8")), [], ""
    assert section is not None
    for row in ROW.finditer(section.group(1)):
        reason = row.group(1).strip() or reason
        if not reason.startswith(NOT_THE_VIDEO):
            found.append(r"[\w.]+".join(map(re.escape, re.split(r"<\w+>", row.group(2)))))
    return re.compile("|".join(found))


class Canary:
    """A video outside the data folder and a web server: whether they were touched."""

    def __init__(self, folder: Path) -> None:
        self.file, self.calls = make_tiny_mp4(folder / "canary.mp4", 3, "CANARY 77"), 0
        libc, self._inotify = ctypes.CDLL(None), ctypes.CDLL(None).inotify_init1(os.O_NONBLOCK)
        watched = libc.inotify_add_watch(self._inotify, os.fsencode(self.file), IN_OPEN | IN_ACCESS)
        assert watched >= 0
        self.server = socket.create_server((HOST, 0))
        up = [f"{'../' * depth}{self.file.name}" for depth in (1, 2, 3)]  # two from `video_jobs`
        address = f"http://{HOST}:{self.server.getsockname()[1]}/canary.mp4"
        self.targets = [str(self.file), f"file:{self.file}", *up, address]
        threading.Thread(target=self._accept, daemon=True).start()

    def touched(self) -> bool:
        """Since the last call."""
        opened, calls, self.calls = b"", self.calls, 0
        with suppress(BlockingIOError):
            opened = os.read(self._inotify, 64 * 1024)
        return bool(opened) or calls > 0

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self.server.accept()
                self.calls += 1
                connection.close()


@pytest.fixture
def canary(tmp_path: Path) -> Iterator[Canary]:
    canary = Canary(tmp_path)
    yield canary
    canary.server.shutdown(socket.SHUT_RDWR)
    canary.server.close()


@contextmanager
def memory_watched(installation: Installation) -> Iterator[dict[str, float]]:
    """The largest peak and the largest bound on data of all children so far, in MiB."""
    memory, stopped = {"peak": 0.0, "bound": 0.0}, threading.Event()

    def watch() -> None:
        while not stopped.wait(0.05):
            with suppress(OSError, StopIteration):  # the child ended meanwhile
                if (pid := installation.pipeline_pid()) is not None:
                    memory["peak"] = max(memory["peak"], peak_resident_mib(pid))
                    bound = resource.prlimit(pid, resource.RLIMIT_DATA)[0] / MIB
                    memory["bound"] = max(memory["bound"], bound)

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield memory
    finally:
        stopped.set()
        thread.join()


class Run:
    """What became of the files."""

    def __init__(self, client: ApiClient, folder: Path) -> None:
        self.outcomes: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self.wrong: list[str] = []
        self.messages: Counter[str] = Counter()
        self._client, self._upload = client, folder / "upload.mp4"

    def send(self, number: int, family: str, content: bytes) -> str | None:
        """The ID of its job; None if it was refused."""
        self._upload.write_bytes(content)
        answer = self._client.submit(self._upload)
        if answer.status == 202:
            return answer_checks.submitted(answer)
        detail = answer_checks.error(answer, 400, f"file {number}")
        self.outcomes[family]["refused"] += 1
        self.wrong += [] if detail in REFUSALS else [f"file {number}: {detail}"]
        return None

    def look(self, number: int, family: str, job_id: str) -> None:
        """Wait for the end of a job and look at what is left of it."""
        status = self._client.wait_for_end(job_id, HANG_S)
        self.outcomes[family][status["status"]] += 1
        if status["status"] == "failed":
            message = status["error_message"]
            self.messages[re.sub(r"\d+", "<n>", message)] += 1
            self.wrong += [] if understood().fullmatch(message) else [f"file {number}: {message}"]
        else:
            answer = self._client.results(job_id)
            frames = len(answer.json()["results"])
            items = answer_checks.results(answer, job_id, max(1, frames), ANY_SIZE)
            if any("CANARY" in item["result"]["text"] for item in items):
                self.wrong.append(f"file {number}: shows a file outside the data folder")
        page = (
            self._client.get(f"/jobs/{job_id}", "text/html") if not number % PAGE_OF_EVERY else None
        )
        if page is not None and page.status != 200:
            self.wrong.append(f"file {number}: its page is answered with {page.status}")


@runs(short=len(FAMILIES), full=3000)
def test_videos(
    count: int, installation: Installation, canary: Canary, tmp_path: Path, report: Report
) -> None:
    installation.start()
    with installation.client() as client, memory_watched(installation) as memory:
        run = Run(client, tmp_path)
        for start in range(0, count, BATCH):
            sent = []
            for number in range(start, min(count, start + BATCH)):
                family, content = hostile_file(number, SEED, canary.targets)
                sent.append((number, family, run.send(number, family, content)))
            for number, family, job_id in sent:
                if job_id is not None:
                    run.look(number, family, job_id)
        honest = answer_checks.submitted(client.submit(TINY_MP4))
        assert client.wait_for_end(honest, HANG_S)["status"] == "completed"
    log = installation.log()
    report(
        outcomes=run.outcomes,
        messages=dict(run.messages.most_common()),
        wrong=run.wrong[:20],
        tried_again=log.count("Trying once more"),
        canary_touched=(touched := canary.touched()),
        child_mib=memory,
        longest_job_s=max(map(float, ENDED.findall(log))),
    )
    assert run.wrong == []
    assert not touched
    assert 0 < memory["peak"] <= memory["bound"]
    assert "unexpected failure" not in log
    for process in (installation.api, installation.worker):
        assert process is not None and process.alive


def test_what_must_not_happen_in_videos_is_found(canary: Canary) -> None:
    assert not canary.touched()
    canary.file.read_bytes()
    assert canary.touched() and not canary.touched()
    with socket.create_connection(canary.server.getsockname()) as client:
        client.recv(1)
    assert canary.touched()
    assert understood().fullmatch("The MP4 has no video track. Send a video.")
    assert understood().fullmatch(str(PipelineProcessDied("SIGSEGV")))
    for message in ("", "KeyError: 3", "The worker failed unexpectedly on this video."):
        assert not understood().fullmatch(message)


def test_a_number_and_a_seed_make_one_file() -> None:
    for number in range(len(FAMILIES)):
        first = hostile_file(number, 1, ["x"])
        assert first == hostile_file(number, 1, ["x"])
        assert first != hostile_file(number + len(FAMILIES), 1, ["y"])
