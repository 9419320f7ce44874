"""No room at any step of a job: 507 or a patient worker, nothing half-written, and it recovers.

A limit on the size of files (setrlimit(2), RLIMIT_FSIZE) fails a write as a full disk does, with
EFBIG for ENOSPC, and needs no rights. The last test fills a file system and has to mount it.
"""

from __future__ import annotations

import os
import resource
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from forgesyte import answer_checks
from forgesyte.benchmarks.figures import FTYP
from forgesyte.installation import Installation
from forgesyte.managed_process import ProcessFailed, wait_until
from forgesyte.tests.conftest import JOB_S, TINY_MP4
from forgesyte.tests.faults.conftest import FULL, Report

KIB = 1024
SHORT = ("row", "results", "checkpoint")


class Site:
    """An installation whose API owns the job store."""

    def __init__(self, installation: Installation, folder: Path) -> None:
        self.installation = installation
        self.data = installation.data_dir
        self._folder = folder

    def upload(self, size: int) -> Path:
        """A file of `size` bytes that the API takes for an MP4."""
        path = self._folder / f"{size}.mp4"
        path.write_bytes(FTYP.ljust(size, b"\0"))
        return path

    def submit(self, video: Path = TINY_MP4) -> str:
        with self.installation.client() as client:
            return answer_checks.submitted(client.submit(video))

    def status(self, job_id: str) -> str:
        with self.installation.client() as client:
            return str(answer_checks.status(client.status(job_id), job_id)["status"])

    def end(self, job_id: str) -> str:
        with self.installation.client() as client:
            return str(client.wait_for_end(job_id, JOB_S)["status"])

    def files(self) -> set[Path]:
        """What jobs have left in the data folder."""
        names = ("tmp/*", "video_jobs/*.mp4", "*/*_results*")
        return {path for name in names for path in self.data.glob(name)}

    def refuses(self, size: int) -> None:
        """An upload of that size is answered with 507 and leaves nothing behind."""
        before = self.files()
        with self.installation.client() as client:
            detail = answer_checks.error(client.submit(self.upload(size)), 507, "submit")
        assert "Free some space" in detail
        with suppress(ProcessFailed):  # the answer is sent before the upload's file is closed
            wait_until(lambda: self.files() <= before, 5.0, "files are left")
        assert self.files() <= before

    def log_size(self) -> int:
        return (self.data / "foregsyte.duckdb.wal").stat().st_size


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, model_cache: Path) -> Iterator[Site]:
    data = tmp_path_factory.mktemp("disk") / "data"
    data.mkdir()
    (data / "cache").symlink_to(model_cache, target_is_directory=True)
    with Installation(data) as installation:
        installation.start_api()
        installation.start_worker()
        site = Site(installation, data.parent)
        assert site.end(site.submit()) == "completed"
        yield site


@contextmanager
def no_file_beyond(size: int, pid: int) -> Iterator[None]:
    """No file of this process grows beyond `size` bytes meanwhile."""
    before = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, before[1]))
    yield
    with suppress(ProcessLookupError):  # it was stopped meanwhile
        resource.prlimit(pid, resource.RLIMIT_FSIZE, before)


def request(site: Site) -> None:
    """The web server spools large bodies to the disk."""
    with no_file_beyond(100 * KIB, site.installation.api_pid()):
        site.refuses(1024 * KIB)


def upload(site: Site) -> None:
    with no_file_beyond(8 * KIB, site.installation.api_pid()):
        site.refuses(32 * KIB)


def rename(site: Site) -> None:
    """strace(1) makes the kernel refuse it."""
    pid, calls = site.installation.api_pid(), "rename,renameat,renameat2"
    options = ["-e", f"trace={calls}", "-e", f"inject={calls}:error=ENOSPC", "-o", os.devnull]
    tracer = subprocess.Popen(
        ["strace", "-f", "-qq", *options, "-p", str(pid)], stderr=subprocess.DEVNULL
    )
    try:
        traced = f"TracerPid:\t{tracer.pid}\n"
        wait_until(lambda: traced in Path(f"/proc/{pid}/status").read_text(), 10, "no strace")
        site.refuses(KIB)
    finally:
        tracer.send_signal(signal.SIGINT)
        tracer.wait()


def row(site: Site) -> None:
    with no_file_beyond(site.log_size(), site.installation.api_pid()):
        site.refuses(KIB)


def results(site: Site) -> None:
    """The worker gives the job back and completes it once there is room."""
    child, worker = site.installation.pipeline_pid(), site.installation.worker
    assert child is not None and worker is not None
    before = site.files()
    with no_file_beyond(16, child):
        job_id = site.submit()
        line = f"job {job_id}: given back, The results could not be written"
        wait_until(lambda: line in worker.output(), JOB_S, "not given back")
        assert site.status(job_id) in ("pending", "running")
        assert site.files() <= before | {site.data / f"video_jobs/{job_id}.mp4"}
    assert site.end(job_id) == "completed"


def recording(site: Site) -> None:
    """The results are stored, their row cannot be written: the worker tries until it can."""
    child = site.installation.pipeline_pid()
    assert child is not None
    os.kill(child, signal.SIGSTOP)
    job_id = site.submit()
    wait_until(lambda: site.status(job_id) == "running", JOB_S, "no claim")
    with no_file_beyond(site.log_size(), site.installation.api_pid()):
        os.kill(child, signal.SIGCONT)
        stored = site.data / f"video_jobs/{job_id}_results.json"
        wait_until(stored.exists, JOB_S, "no results")
        assert site.status(job_id) == "running"
    assert site.end(job_id) == "completed"


def checkpoint(site: Site) -> None:
    """The owner stops while its log cannot be brought into the database."""
    assert site.installation.api is not None and site.installation.worker is not None
    ids = [site.submit(site.upload(KIB)) for _ in range(3)]
    with no_file_beyond(100 * KIB, site.installation.api_pid()):
        assert site.installation.api.terminate() == 0
    site.installation.start_api()
    assert all(site.status(job_id) for job_id in ids)
    site.installation.worker.terminate()  # it owned the store meanwhile; now the API does again
    site.installation.start_worker()


STEPS: dict[str, Callable[[Site], None]] = {
    step.__name__: step for step in (request, upload, rename, row, results, recording, checkpoint)
}


@pytest.mark.parametrize(
    "name", [*SHORT, *(pytest.param(name, id=f"{name}-full", marks=FULL) for name in STEPS)]
)
def test_no_room_for(name: str, site: Site, report: Report) -> None:
    STEPS[name](site)
    assert site.end(site.submit()) == "completed"
    report(recovered=True)


@contextmanager
def full_tmpfs(folder: Path) -> Iterator[Callable[[], None]]:
    """A small file system on `folder`, and a function that fills it; skips without the right."""
    options = ["-t", "tmpfs", "-o", "size=24m", "tmpfs", str(folder)]
    if subprocess.run(["/bin/mount", *options], check=False, capture_output=True).returncode:
        pytest.skip("mounting needs root, or: unshare --user --map-root-user --mount")

    def fill() -> None:
        with (folder / "filler").open("wb", buffering=0) as file:
            size = 64 * KIB
            while size:
                try:
                    file.write(bytes(size))
                except OSError:
                    size //= 2

    try:
        yield fill
    finally:
        subprocess.run(["/bin/umount", "-l", str(folder)], check=True)


@pytest.mark.parametrize("name", [pytest.param("full", marks=FULL)])
def test_disk_is_full_while_owner_and_worker_die(
    name: str, tmp_path: Path, model_cache: Path, report: Report
) -> None:
    data = tmp_path / "data"
    data.mkdir()
    with full_tmpfs(data) as fill, Installation(data) as installation:
        (data / "cache").symlink_to(model_cache, target_is_directory=True)
        site = Site(installation, tmp_path)
        api, worker = installation.start_api(), installation.start_worker()
        ids = [site.submit() for _ in range(3)]
        fill()
        site.refuses(KIB)
        api.kill()  # the owner: the worker takes over
        installation.start_api()
        assert all(site.status(job_id) for job_id in ids)
        site.refuses(KIB)
        worker.kill()
        installation.start_worker()
        (data / "filler").unlink()
        ends = [site.end(job_id) for job_id in [*ids, site.submit()]]
        report(ends=ends)
        assert ends == ["completed"] * 4
        assert not list((data / "tmp").iterdir())
