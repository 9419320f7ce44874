"""No room at each step of a job: a clear answer, nothing half-written, and it goes on later."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

from forgesyte import answer_checks
from forgesyte.benchmarks.figures import FTYP, Measurement
from forgesyte.faults.tracing import require_strace
from forgesyte.installation import Installation
from forgesyte.managed_process import ManagedProcess, ProcessFailed, wait_until

JOB_S = 120.0
KIB = 1024
Stage = Callable[["Site"], dict[str, Any]]


class Site:
    """An installation whose API owns the job store, and what its folders hold."""

    def __init__(self, installation: Installation, video: Path, folder: Path) -> None:
        self.installation = installation
        self.client = installation.client()
        self.connections = ExitStack()
        self.connections.enter_context(self.client)
        self.video = video
        self.folder = folder

    def connect(self) -> None:
        """To an API that was started anew."""
        self.client = self.connections.enter_context(self.installation.client())

    @property
    def api(self) -> ManagedProcess:
        assert self.installation.api is not None
        return self.installation.api

    def upload(self, size: int) -> Path:
        """A file of `size` bytes that the API takes for an MP4."""
        path = self.folder / f"upload-{size}.mp4"
        path.write_bytes(FTYP.ljust(size, b"\0"))
        return path

    def files(self) -> list[str]:
        """What jobs have left; not the database, not what runs."""
        data = self.installation.data_dir
        found = [*data.glob("tmp/*"), *data.glob("video_jobs/*.mp4"), *data.glob("*/*_results*")]
        return sorted({str(path.relative_to(data)) for path in found})

    def log_size(self) -> int:
        return (self.installation.data_dir / "foregsyte.duckdb.wal").stat().st_size

    def refused(self, upload: Path) -> dict[str, Any]:
        """Submit; what was answered, and whether anything stayed behind."""
        before = self.files()
        answer = self.client.submit(upload)
        with suppress(ProcessFailed):  # the answer is sent before the upload's file is closed
            wait_until(lambda: self.files() == before, 5.0, "something is left")
        left = [name for name in self.files() if name not in before]
        detail = answer.json().get("detail", "")
        clear = answer.status == 507 and "Free some space" in detail
        return {"status": answer.status, "left": left, "ok": clear and not left}

    def completes(self) -> bool:
        """Whether a job goes through."""
        job_id = answer_checks.submitted(self.client.submit(self.video))
        return bool(self.client.wait_for_end(job_id, JOB_S)["status"] == "completed")


def measure(folder: Path, video: Path, stages: Sequence[str] = ()) -> Iterator[Measurement]:
    """One figure for each stage, or for those of `stages`.

    The means needs no rights: a limit of the processes on the size of files (setrlimit(2),
    RLIMIT_FSIZE) fails a write as a full disk does, with EFBIG for ENOSPC.
    """
    with Installation(folder / "data") as installation:
        installation.start_api()
        installation.start_worker()
        site = Site(installation, video, folder)
        with site.connections:
            site.completes()  # the log of the database is there from the first row on
            for name in stages or STAGES:
                found = STAGES[name](site)
                recovered = site.completes()
                ok = bool(found.pop("ok")) and recovered
                yield {
                    "fault": "full disk",
                    "stage": name,
                    **found,
                    "recovered": recovered,
                    "ok": ok,
                }


@contextmanager
def no_file_beyond(size: int, *pids: int) -> Iterator[None]:
    """No file of these processes grows beyond `size` bytes meanwhile."""
    before = [resource.prlimit(pid, resource.RLIMIT_FSIZE) for pid in pids]
    for pid, (_, hard) in zip(pids, before, strict=True):
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        for pid, limits in zip(pids, before, strict=True):
            with suppress(ProcessLookupError):  # it was stopped meanwhile
                resource.prlimit(pid, resource.RLIMIT_FSIZE, limits)


def _request(site: Site) -> dict[str, Any]:
    """The web server spools large bodies to the disk."""
    with no_file_beyond(100 * KIB, site.installation.api_pid()):
        return site.refused(site.upload(1024 * KIB))


def _upload(site: Site) -> dict[str, Any]:
    with no_file_beyond(8 * KIB, site.installation.api_pid()):
        return site.refused(site.upload(32 * KIB))


def _rename(site: Site) -> dict[str, Any]:
    """The kernel is made to refuse it, by strace(1)."""
    require_strace()
    calls = "rename,renameat,renameat2"
    pid = site.installation.api_pid()
    command = ["strace", "-f", "-qq", "-o", str(site.folder / "strace"), "-p", str(pid)]
    tracer = subprocess.Popen(
        [*command, "-e", f"trace={calls}", "-e", f"inject={calls}:error=ENOSPC"],
        stderr=subprocess.DEVNULL,
    )
    try:
        traced = f"TracerPid:\t{tracer.pid}\n"
        process = Path(f"/proc/{pid}/status")
        wait_until(
            lambda: traced in process.read_text() or tracer.poll() is not None, 10, "no strace"
        )
        if tracer.poll() is not None:
            return {"skipped": "strace may not attach", "ok": True}
        return site.refused(site.upload(KIB))
    finally:
        tracer.send_signal(signal.SIGINT)
        tracer.wait()


def _row(site: Site) -> dict[str, Any]:
    with no_file_beyond(site.log_size(), site.installation.api_pid()):
        found = site.refused(site.upload(KIB))
        found["ok"] = found["ok"] and site.client.status(_NO_JOB).status == 404
        return found


def _results(site: Site) -> dict[str, Any]:
    """The worker gives the job back, waits, and completes it once there is room."""
    child, worker = site.installation.pipeline_pid(), site.installation.worker
    assert child is not None and worker is not None
    before = site.files()
    with no_file_beyond(16, child):
        job_id = answer_checks.submitted(site.client.submit(site.video))
        given_back = f"job {job_id}: given back, The results could not be written"
        wait_until(lambda: given_back in worker.output(), JOB_S, "not given back")
        meanwhile = site.client.status(job_id).json()["status"]
        left = [name for name in site.files() if name not in (*before, f"video_jobs/{job_id}.mp4")]
    ended = site.client.wait_for_end(job_id, JOB_S)["status"]
    waited = meanwhile in ("pending", "running") and ended == "completed"
    return {"meanwhile": meanwhile, "then": ended, "left": left, "ok": waited and not left}


def _recording(site: Site) -> dict[str, Any]:
    """The results are stored and their row cannot be written: the worker tries until it can."""
    child = site.installation.pipeline_pid()
    assert child is not None
    os.kill(child, signal.SIGSTOP)
    job_id = answer_checks.submitted(site.client.submit(site.video))
    wait_until(lambda: site.client.status(job_id).json()["status"] == "running", JOB_S, "no claim")
    with no_file_beyond(site.log_size(), site.installation.api_pid()):
        os.kill(child, signal.SIGCONT)
        stored = site.installation.data_dir / f"video_jobs/{job_id}_results.json"
        wait_until(stored.exists, JOB_S, "no results")
        time.sleep(0.2)
        meanwhile = site.client.status(job_id).json()["status"]
    ended = site.client.wait_for_end(job_id, JOB_S)["status"]
    return {
        "meanwhile": meanwhile,
        "then": ended,
        "ok": (meanwhile, ended) == ("running", "completed"),
    }


def _checkpoint(site: Site) -> dict[str, Any]:
    """The owner is stopped while its log cannot be brought into the database."""
    ids = [answer_checks.submitted(site.client.submit(site.upload(KIB))) for _ in range(3)]
    with no_file_beyond(100 * KIB, site.installation.api_pid()):
        status = site.api.terminate()
    site.installation.start_api()
    site.connect()
    there = [site.client.status(job_id).status for job_id in ids]
    return {"exit_status": status, "there": there, "ok": (status, set(there)) == (0, {200})}


_NO_JOB = "00000000-0000-4000-8000-000000000000"

STAGES: dict[str, Stage] = {
    "request": _request,
    "upload": _upload,
    "rename": _rename,
    "row": _row,
    "results": _results,
    "recording": _recording,
    "checkpoint": _checkpoint,
}
