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

from forgesyte import response_checks
from forgesyte.api_client import ApiClient
from forgesyte.benchmarks.figures import MIB, peak_resident_mib
from forgesyte.installation import HOST, Installation
from forgesyte.tests.conftest import TINY_MP4, pipeline_pid
from forgesyte.tests.e2e.faults.conftest import SEED, Report, runs
from forgesyte.tests.e2e.faults.hostile import KINDS_OF_FILES, hostile_file
from pipeline.tests.fixtures.make_tiny_mp4 import make_tiny_mp4

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
    "This is not an MP4 file: it does not start with an ftyp box.",
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
                if (pid := pipeline_pid(installation)) is not None:
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


def outcome(client: ApiClient, upload: Path, *, look_at_page: bool) -> tuple[str, str]:
    """How a file ends (refused, failed or completed) and the message."""
    answer = client.submit(upload)
    if answer.status_code != 202:
        return "refused", response_checks.error(answer, 400, "submit")
    job_id = response_checks.submitted(answer)
    state = client.wait_for_end(job_id, HANG_S)
    if state.status == "completed":
        answer = client.results(job_id)
        frames = max(1, len(answer.json()["results"]))
        items = response_checks.results(answer, job_id, frames, ANY_SIZE)
        texts = [item["result"]["text"] for item in items]
        assert not any("CANARY" in text for text in texts), "shows a file outside the data folder"
    if look_at_page:
        assert client.get(f"/jobs/{job_id}", "text/html").status_code == 200
    return state.status, state.error_message


@runs(short=KINDS_OF_FILES, full=3000)
def test_videos(
    count: int, installation: Installation, canary: Canary, tmp_path: Path, report: Report
) -> None:
    outcomes, messages, wrong = defaultdict[str, Counter[str]](Counter), Counter[str](), []
    upload = tmp_path / "upload.mp4"
    installation.start()
    with installation.client() as client, memory_watched(installation) as memory:
        for number in range(count):
            family, content = hostile_file(number, SEED, canary.targets)
            upload.write_bytes(content)
            end, message = outcome(client, upload, look_at_page=number % PAGE_OF_EVERY == 0)
            outcomes[family][end] += 1
            messages[re.sub(r"\d+", "<n>", message)] += 1
            if message not in ("", *REFUSALS) and not understood().fullmatch(message):
                wrong.append(f"file {number}: {end}: {message}")
        assert outcome(client, TINY_MP4, look_at_page=True) == ("completed", "")
    log, touched = installation.log(), canary.touched()
    report(
        outcomes=outcomes,
        messages=dict(messages.most_common()),
        wrong=wrong[:20],
        tried_again=log.count("Trying once more"),
        canary_touched=touched,
        child_mib=memory,
        longest_job_s=max(map(float, ENDED.findall(log))),
    )
    assert not wrong and not touched and "unexpected failure" not in log
    assert 0 < memory["peak"] <= memory["bound"]
    for process in (installation.api, installation.worker):
        assert process is not None and process.alive
