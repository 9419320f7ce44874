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
from io import BytesIO
from pathlib import Path

import pytest

from forgesyte import response_checks
from forgesyte.benchmarks.figures import FTYP
from forgesyte.installation import Installation, ManagedProcess, ProcessFailed, wait_until
from forgesyte.tests.conftest import JOB_S, TINY_MP4, api_pid, pipeline_pid
from forgesyte.tests.e2e.faults.conftest import FULL, Report
from jobs.storage.names import upload_name, video_name

KIB = 1024


class Site:
    """An installation whose API owns the job store."""

    def __init__(self, installation: Installation) -> None:
        self.installation, self.data = installation, installation.data_dir

    def processes(self) -> tuple[ManagedProcess, ManagedProcess, int, int]:
        """The API, the worker, and the PIDs of the API's process and of the worker's child."""
        here, child = self.installation, pipeline_pid(self.installation)
        assert here.api is not None and here.worker is not None and child is not None
        return here.api, here.worker, api_pid(here), child

    def submit(self) -> str:
        with self.installation.client() as client:
            return response_checks.submitted(client.submit(TINY_MP4))

    def status(self, job_id: str) -> str:
        with self.installation.client() as client:
            return str(response_checks.status(client.status(job_id), job_id)["status"])

    def end(self, job_id: str) -> str:
        with self.installation.client() as client:
            return str(client.wait_for_end(job_id, JOB_S).status)

    def files(self) -> set[Path]:
        """What jobs have left in the data folder."""
        names = ("tmp/*", "video_jobs/*.mp4", "*/*_upload*", "*/*_results*", "*/*_digest*")
        return {path for name in names for path in self.data.glob(name)}

    def refuses(self, size: int) -> None:
        """An upload of that size is answered with 507 and leaves nothing behind."""
        before, file = self.files(), BytesIO(FTYP.ljust(size, b"\0"))
        with self.installation.client() as client:
            answer = client.submit_file(file, "a.mp4")
        assert "Free some space" in response_checks.error(answer, 507, "submit")
        with suppress(ProcessFailed):  # the answer is sent before the upload's file is closed
            wait_until(lambda: self.files() <= before, 5.0, "files are left")
        assert self.files() <= before

    def log_size(self) -> int:
        return (self.data / "foregsyte.duckdb.wal").stat().st_size


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, model_cache: Path) -> Iterator[Site]:
    data = tmp_path_factory.mktemp("data")
    (data / "cache").symlink_to(model_cache, target_is_directory=True)
    with Installation(data) as installation:
        installation.start_api()
        installation.start_worker()
        site = Site(installation)
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


def upload(site: Site) -> None:
    """The disk is full for the file, or for the body that the web server spools."""
    for room, size in ((8 * KIB, 32 * KIB), (100 * KIB, 1024 * KIB)):
        with no_file_beyond(room, site.processes()[2]):
            site.refuses(size)


def row(site: Site) -> None:
    with no_file_beyond(site.log_size(), site.processes()[2]):
        site.refuses(KIB)


def rename(site: Site) -> None:
    """strace(1) makes the kernel refuse it."""
    pid, calls = site.processes()[2], "rename,renameat,renameat2"
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


def results(site: Site) -> None:
    """The worker gives the job back and completes it once there is room."""
    _, worker, _, child = site.processes()
    before = site.files()
    with no_file_beyond(16, child):
        job_id = site.submit()
        line = f"job {job_id}: given back: The results could not be written"
        wait_until(lambda: line in worker.output(), JOB_S, "not given back")
        assert site.status(job_id) in ("pending", "running")
        assert site.files() <= before | {
            site.data / name(job_id) for name in (video_name, upload_name)
        }
    assert site.end(job_id) == "completed"


def recording(site: Site) -> None:
    """The results are stored, their row cannot be written: the worker tries until it can."""
    _, _, api_pid, child = site.processes()
    os.kill(child, signal.SIGSTOP)
    job_id = site.submit()
    wait_until(lambda: site.status(job_id) == "running", JOB_S, "no claim")
    with no_file_beyond(site.log_size(), api_pid):
        os.kill(child, signal.SIGCONT)
        stored = site.data / f"video_jobs/{job_id}_results.json"
        wait_until(stored.exists, JOB_S, "no results")
        assert site.status(job_id) == "running"
    assert site.end(job_id) == "completed"


def checkpoint(site: Site) -> None:
    """The owner stops while its log cannot be brought into the database."""
    api, worker, api_pid, _ = site.processes()
    ids = [site.submit() for _ in range(3)]
    with no_file_beyond(100 * KIB, api_pid):
        assert api.terminate() == 0
    site.installation.start_api()
    assert all(site.status(job_id) for job_id in ids)
    worker.terminate()  # it owned the store meanwhile; now the API does again
    site.installation.start_worker()


SHORT = [row, results, checkpoint]
STEPS = [*SHORT, *(pytest.param(step, marks=FULL) for step in (*SHORT, upload, rename, recording))]


@pytest.mark.parametrize("step", STEPS)
def test_disk_has_no_room_for(step: Callable[[Site], None], site: Site, report: Report) -> None:
    step(site)
    assert site.end(site.submit()) == "completed"
    report(recovered=True)


def fill(file: Path) -> None:
    for size in (64 * KIB, KIB, 1):
        with file.open("ab", buffering=0) as out, suppress(OSError):
            while out.write(bytes(size)):
                pass


@pytest.mark.faults
@pytest.mark.timeout(0)
def test_disk_is_full_while_owner_and_worker_die(
    tmp_path: Path, model_cache: Path, report: Report
) -> None:
    options = ["-t", "tmpfs", "-o", "size=24m", "tmpfs", str(tmp_path)]
    if subprocess.run(["/bin/mount", *options], check=False, capture_output=True).returncode:
        pytest.skip("mounting needs root, or: unshare --user --map-root-user --mount")
    try:
        (tmp_path / "cache").symlink_to(model_cache, target_is_directory=True)
        with Installation(tmp_path) as installation:
            site = Site(installation)
            api, worker = installation.start_api(), installation.start_worker()
            child = site.processes()[3]
            os.kill(child, signal.SIGSTOP)
            ids = [site.submit() for _ in range(20)]
            fill(tmp_path / "filler")
            os.kill(child, signal.SIGCONT)
            site.refuses(KIB)
            api.kill()  # the owner: the worker takes over
            installation.start_api()
            assert all(site.status(job_id) for job_id in ids)
            site.refuses(KIB)
            worker.kill()
            installation.start_worker(wait=False)  # it cannot give the job back yet
            (tmp_path / "filler").unlink()
            ends = [site.end(job_id) for job_id in [*ids, site.submit()]]
            report(ends=ends)
            assert ends == ["completed"] * 21
            assert not list((tmp_path / "tmp").iterdir())
    finally:
        subprocess.run(["/bin/umount", "-l", str(tmp_path)], check=True)
