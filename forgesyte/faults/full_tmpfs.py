"""A whole file system without room: the owner dies, and both processes start, while it is full."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from forgesyte import answer_checks
from forgesyte.benchmarks.figures import FTYP, Measurement
from forgesyte.installation import Installation

SIZE = "24m"
JOB_S = 120.0
FREE_SPACE = "Free some space"


def measure(folder: Path, video: Path) -> Iterator[Measurement]:
    """What is answered while the disk is full, and that nothing acknowledged is lost.

    Needs the right to mount: root, or `unshare --user --map-root-user --mount` before the command.
    """
    data = folder / "tmpfs"
    data.mkdir()
    models = folder / "models"
    models.mkdir(exist_ok=True)
    with _mounted(data) as reason:
        if reason:
            yield {"fault": "full file system", "skipped": reason, "ok": True}
            return
        (data / "cache").symlink_to(models, target_is_directory=True)
        with Installation(data) as installation:
            yield {"fault": "full file system", **_fill_and_free(installation, video)}


def _fill_and_free(installation: Installation, video: Path) -> dict[str, Any]:
    api = installation.start_api()
    installation.start_worker()
    with installation.client() as client:
        before = [answer_checks.submitted(client.submit(video)) for _ in range(3)]
        _fill(installation.data_dir / "filler")
        full = [client.submit(video).json().get("detail", "")]
    api.kill()  # the owner: the worker takes its place
    installation.start_api()
    with installation.client() as client:
        there = [client.status(job_id).status for job_id in before]
        full.append(client.submit(video).json().get("detail", ""))
        assert installation.worker is not None
        installation.worker.kill()
        installation.start_worker()
        (installation.data_dir / "filler").unlink()
        ends = [client.wait_for_end(job_id, JOB_S) for job_id in before]
        after = answer_checks.submitted(client.submit(video))
        recovered = client.wait_for_end(after, JOB_S)["status"] == "completed"
    left = sorted(path.name for path in (installation.data_dir / "tmp").iterdir())
    clear = all(end["status"] == "completed" for end in ends)
    refused = all(FREE_SPACE in detail for detail in full)
    return {
        "answers": full,
        "there": there,
        "left": left,
        "ends": [end["status"] for end in ends],
        "recovered": recovered,
        "ok": recovered and clear and refused and there == [200] * 3 and not left,
    }


def _fill(path: Path) -> None:
    with path.open("wb", buffering=0) as file:
        size = 64 * 1024
        while size:
            try:
                file.write(FTYP.ljust(size, b"\0"))
            except OSError:
                size //= 2


@contextmanager
def _mounted(folder: Path) -> Iterator[str | None]:
    """A small tmpfs on the folder; or the reason why there is none."""
    command = ["/bin/mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        yield f"not allowed to mount (user {os.geteuid()})"
        return
    try:
        yield None
    finally:
        subprocess.run(["/bin/umount", "-l", str(folder)], check=True)
