"""A real installation: the API and the worker as processes, on one data folder.

For everything that has to see what an operator sees: smoke test, demo, benchmarks, end-to-end
tests. Uses the standard library alone and imports nothing of the project's settings.
"""

from __future__ import annotations

import os
import random
import re
import socket
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType

from forgesyte.api_client import ApiClient
from forgesyte.managed_process import ManagedProcess

HOST = "127.0.0.1"
API_READY = re.compile(r"^Serving on http", re.MULTILINE)
WORKER_READY = re.compile(r"^Worker ready", re.MULTILINE)


class Installation:
    """Starts, stops and kills the API and the worker of one data folder.

    A context manager: in the end everything that it started is gone, and the folder for logs.
    The data folder is the caller's. `under` is a command that becomes each of them.
    """

    def __init__(
        self,
        data_dir: Path,
        port: int | None = None,
        environment: Mapping[str, str] | None = None,
        under: Sequence[str] = (),
    ) -> None:
        self.data_dir = data_dir
        self.port = free_port() if port is None else port
        self.api: ManagedProcess | None = None
        self.worker: ManagedProcess | None = None
        self.started: list[ManagedProcess] = []
        self._under = under
        self._logs = tempfile.TemporaryDirectory(prefix="forgesyte-logs-")
        self._environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "forgesyte.settings",
            "FORGESYTE_DATA_DIR": str(data_dir.resolve()),
            "FORGESYTE_ALLOWED_HOSTS": f"{HOST},localhost",
            "FORGESYTE_DEBUG": "0",
            "PYTHONUNBUFFERED": "1",
            # What libraries leave in the temporary folder goes with the logs.
            "TMPDIR": self._logs.name,
            **(environment or {}),
        }

    def __enter__(self) -> Installation:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()
        self._logs.cleanup()

    def start(self) -> None:
        """Start both, side by side, and wait until both are ready."""
        self.start_api(wait=False)
        self.start_worker(wait=False)
        self.wait_ready()

    def start_api(self, *, wait: bool = True) -> ManagedProcess:
        self.api = self.command("serve", "--host", HOST, "--port", str(self.port))
        if wait:
            self.api.wait_ready(API_READY)
        return self.api

    def start_worker(self, *arguments: str, wait: bool = True) -> ManagedProcess:
        self.worker = self.command("run_worker", *arguments)
        if wait:
            self.worker.wait_ready(WORKER_READY)
        return self.worker

    def wait_ready(self) -> None:
        """Wait for whichever of the two has been started; raises ProcessFailed."""
        if self.api is not None:
            self.api.wait_ready(API_READY)
        if self.worker is not None:
            self.worker.wait_ready(WORKER_READY)

    def command(self, *arguments: str) -> ManagedProcess:
        """Start any `manage.py` command on this data folder."""
        log = Path(self._logs.name) / f"{len(self.started):03}-{arguments[0]}.log"
        process = ManagedProcess(list(arguments), self._environment, log, self._under)
        self.started.append(process)
        return process

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    def client(self, timeout: float = 30.0) -> ApiClient:
        return ApiClient(HOST, self.port, timeout)

    def api_pid(self) -> int:
        """The process that answers requests: the child of `serve`, once it has one."""
        assert self.api is not None
        return next(iter(_children(self.api.pid)), self.api.pid)

    def pipeline_pid(self) -> int | None:
        """The process that reads the videos: the worker's child, if there is one."""
        if self.worker is None:
            return None
        return next(iter(_children(self.worker.pid, b"spawn_main")), None)

    def log(self) -> str:
        """What all processes have printed so far, one after the other."""
        return "".join(process.output() for process in self.started)

    def stop(self) -> None:
        """End everything that was started, the last one first."""
        for process in reversed(self.started):
            process.terminate()


def free_port() -> int:
    """A port that nobody listens on, below the range that the kernel gives to clients.

    In that range a client that calls a stopped server can be connected to itself.
    """
    while True:
        port = random.randint(10_000, 32_000)  # noqa: S311  # nosec B311 # any free one does
        if is_free(port):
            return port


def is_free(port: int) -> bool:
    """Whether a server could listen there now."""
    try:
        socket.create_server((HOST, port)).close()
    except OSError:
        return False
    return True


def _children(pid: int, command: bytes = b"") -> list[int]:
    """The child processes with this in their command lines."""
    found = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            children = task.read_text().split()
            lines = {int(c): Path(f"/proc/{c}/cmdline").read_bytes() for c in children}
        except OSError:
            continue  # it ended meanwhile
        found += [child for child, line in lines.items() if command in line]
    return found
