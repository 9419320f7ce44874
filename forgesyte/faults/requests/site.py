"""The API that is asked, what may be said to its clients, and what stays behind on its disk."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from forgesyte import answer_checks
from forgesyte.faults.requests.shapes import Shape
from forgesyte.faults.requests.wire import Reply
from forgesyte.installation import Installation
from forgesyte.managed_process import MANAGE, ProcessFailed, wait_until

SETTLED_S = 20.0
WARM_UP = 16
# What is not HTTP reaches no view: the web server answers it with a page of its own.
OF_THE_SERVER = b"<html>\n  <head>\n    <title>"
DELETED = " (deleted)"
OF_A_TRACEBACK = (b"Traceback", b"site-packages", b'.py"')
# In the log: what nobody foresaw.
UNFORESEEN = ("Internal Server Error", "Exception while", "uncaptured python exception")


class Site:
    """An API with one job that waits; no worker runs."""

    def __init__(self, installation: Installation, video: Path) -> None:
        self.port = installation.port
        self.accepted = 1
        self._installation = installation
        with installation.client() as client:
            self.job_id = answer_checks.submitted(client.submit(video))
            for _ in range(WARM_UP):
                client.status(self.job_id)
                client.get("/")
            client.get(f"/jobs/{self.job_id}")  # starts the process that looks at videos
        self.status_path = f"/v1/video/status/{self.job_id}"
        places = (installation.data_dir, MANAGE.parent, sys.prefix)
        self.secrets = [*(str(place).encode() for place in places), *OF_A_TRACEBACK]
        self._files = self._open_files()
        self._log_read = 0

    @property
    def pid(self) -> int:
        return self._installation.api_pid()

    def left(self) -> dict[str, Any]:
        """What is there beyond the accepted videos, once the server has noticed who is gone."""
        with suppress(ProcessFailed):
            wait_until(lambda: not any(self._left().values()), SETTLED_S, "something is left")
        return self._left()

    def unforeseen(self) -> list[str]:
        """New lines of the log that tell of errors which nobody foresaw."""
        log = self._installation.log()
        new, self._log_read = log[self._log_read :], len(log)
        return [line for line in new.splitlines() if any(sign in line for sign in UNFORESEEN)]

    def _left(self) -> dict[str, Any]:
        data = self._installation.data_dir
        videos = len(list((data / "video_jobs").glob("*")))
        return {
            "files": sorted(path.name for path in (data / "tmp").glob("*"))[:10],
            "videos": videos - self.accepted,
            "bytes_of_deleted_files": self._deleted_bytes(),
            "open_files": max(0, self._open_files() - self._files),
        }

    def _open_files(self) -> int:
        """But for Unix sockets: each of the server's threads keeps its connection to the store."""
        process = Path(f"/proc/{self.pid}")
        rows = (process / "net" / "unix").read_text().splitlines()[1:]
        own = {f"socket:[{row.split()[6]}]" for row in rows}
        count = 0
        for link in (process / "fd").iterdir():
            with suppress(OSError):  # closed meanwhile
                count += str(link.readlink()) not in own
        return count

    def _deleted_bytes(self) -> int:
        """Files without a name take room until they are closed."""
        found = 0
        for link in Path(f"/proc/{self.pid}/fd").iterdir():
            with suppress(OSError):  # closed meanwhile
                if str(link.readlink()).endswith(DELETED):
                    found += link.stat().st_size
        return found


def fault_of(shape: Shape, reply: Reply, secrets: Sequence[bytes]) -> str | None:
    """What is wrong with an answer: its status, its form, or that it tells of the machine."""
    told = str(reply.headers).encode() + reply.body
    if shape.allowed is None or reply.status not in shape.allowed:
        return f"{reply.status}: {reply.body[:120]!r}"
    if any(secret in told for secret in secrets):
        return f"tells of the machine: {told[:300]!r}"
    if reply.body.startswith(OF_THE_SERVER):
        return None
    if shape.has_json_errors and reply.status >= 400 and reply.body and not _is_detail(reply):
        return f"no JSON detail: {reply.body[:120]!r}"
    return None


def _is_detail(reply: Reply) -> bool:
    if reply.headers.get("content-type", "").startswith("text/html"):
        return False
    try:
        told = json.loads(reply.body)
    except ValueError:
        return False
    return list(told) == ["detail"] and isinstance(told["detail"], str)
