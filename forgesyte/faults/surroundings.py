"""Leftovers of a dead machine, a deep folder with a difficult name, and a neighbour."""

from __future__ import annotations

import os
import shutil
import socket
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from forgesyte import answer_checks
from forgesyte.api_client import ApiClient
from forgesyte.benchmarks.figures import Measurement
from forgesyte.installation import Installation

JOB_S = 120.0
# A Unix socket's address holds 107 bytes (unix(7)); this path alone has more.
DEEP = "a folder/Vidéos, données/映像 データ/" + "/".join(["quite-a-long-name"] * 5)
JUNK = b"\x80left by a dead machine\n"
LEFT_FILES = (
    "run/store.key",  # readable by all, and garbage
    "run/store.key.new",
    "tmp/upload-1.part",
    "tmp/results-1.part",
    "tmp/submit-00000000-0000-4000-8000-000000000000",
)
# A database that was half made: only where there is no other.
HALF_MADE = ("foregsyte.duckdb.new", "foregsyte.duckdb.new.wal")
LOCKS = ("store.lock", "serve.lock", "worker.lock")


def measure(
    folder: Path, video: Path, sockets: Sequence[str] = ("socket", "file", "folder")
) -> Iterator[Measurement]:
    """Two installations side by side, the first one amid leftovers; a job goes through each.

    `sockets`: what lies in the place of the owner's socket, one figure for each.
    """
    first, second = folder / DEEP, folder / "data"
    for data in (first, second):
        data.mkdir(parents=True, exist_ok=True)
        _share_models(folder, data)
    for socket_left in sockets:
        _leave(first, socket_left)
        with ExitStack() as stack:
            pair = [Installation(data) for data in (first, second)]
            for installation in pair:
                stack.enter_context(installation)
                installation.start()
            clients = [stack.enter_context(installation.client()) for installation in pair]
            yield {"fault": "surroundings", "socket": socket_left, **_found(clients, first, video)}


def _found(clients: list[ApiClient], first: Path, video: Path) -> dict[str, Any]:
    ids = [answer_checks.submitted(client.submit(video)) for client in clients]
    ends = [
        client.wait_for_end(job_id, JOB_S)["status"]
        for client, job_id in zip(clients, ids, strict=True)
    ]
    strangers = [
        client.status(job_id).status for client, job_id in zip(clients, reversed(ids), strict=True)
    ]
    left = [name for name in (*LEFT_FILES, *HALF_MADE) if _is_junk(first / name)]
    key = (first / "run" / "store.key").stat().st_mode & 0o777
    ok = ends == ["completed"] * 2 and strangers == [404] * 2 and key == 0o600
    # The mark of a submission is looked at 5 s after the start.
    ok = ok and [name for name in left if "submit-" not in name] == []
    return {
        "path_bytes": len(os.fsencode(first)),
        "ends": ends,
        "strangers": strangers,
        "left": left,
        "key_mode": oct(key),
        "ok": ok,
    }


def _leave(data: Path, socket_left: str) -> None:
    """What a machine leaves that lost its power: every file of a run, and PIDs used anew."""
    made = (data / "foregsyte.duckdb").exists()
    for name in LEFT_FILES if made else (*LEFT_FILES, *HALF_MADE):
        path = data / name
        path.parent.mkdir(exist_ok=True)
        if not path.exists() or path.name == "store.key":
            path.write_bytes(JUNK)
            path.chmod(0o644)
    for name in LOCKS:
        (data / "run" / name).write_text(f"{os.getpid()}\n")
    address = data / "run" / "store.sock"
    address.unlink(missing_ok=True)
    if socket_left == "file":
        address.write_bytes(JUNK)
    elif socket_left == "folder":
        address.mkdir()
    else:
        here = Path.cwd()
        os.chdir(address.parent)  # the whole path is too long for an address
        try:
            with socket.socket(socket.AF_UNIX) as dead:
                dead.bind(address.name)
        finally:
            os.chdir(here)


def _is_junk(path: Path) -> bool:
    return path.is_file() and path.read_bytes() == JUNK


def _share_models(folder: Path, data: Path) -> None:
    models = folder / "models"
    models.mkdir(exist_ok=True)
    if (data / "cache").is_symlink():
        return
    shutil.rmtree(data / "cache", ignore_errors=True)
    (data / "cache").symlink_to(models, target_is_directory=True)
