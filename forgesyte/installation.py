"""A real installation: the API and the worker as processes on one data folder.

Used by the smoke test, the demo, benchmarks and end-to-end tests. Does not import the settings.
"""

from __future__ import annotations

import os
import random
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack, suppress
from pathlib import Path

from forgesyte.api_client import ApiClient

HOST = "127.0.0.1"
MANAGE = Path(__file__).resolve().parent.parent / "manage.py"
API_READY = re.compile(r"^Serving on http", re.MULTILINE)
WORKER_READY = re.compile(r"^Worker ready", re.MULTILINE)
START_S, STOP_S, POLL_S = 90.0, 30.0, 0.01


class ProcessFailed(Exception):
    """A process ended or did not become ready; the message is its last line of output."""


class ManagedProcess:
    """A `manage.py` command in its own process group.

    log: file for its output; None means this process's output.
    """

    def __init__(
        self, arguments: list[str], environment: Mapping[str, str], log: Path | None = None
    ) -> None:
        self.name, self.log = arguments[0], log
        with ExitStack() as stack:
            self.popen = subprocess.Popen(
                [sys.executable, str(MANAGE), *arguments],
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=None if log is None else stack.enter_context(log.open("ab")),
                stderr=None if log is None else subprocess.STDOUT,
                process_group=0,
            )
        self.pid = self.popen.pid

    @property
    def alive(self) -> bool:
        return self.popen.poll() is None

    def output(self) -> str:
        """The output so far, if it goes to a file."""
        return "" if self.log is None else self.log.read_text(encoding="utf-8", errors="replace")

    def failure(self) -> str:
        """The last line of output, which is the error message of a Django command."""
        lines = [line for line in self.output().splitlines() if line.strip()]
        return lines[-1].removeprefix("CommandError: ") if lines else "it printed nothing"

    def wait_ready(self, sign: re.Pattern[str], timeout: float = START_S) -> None:
        """Wait for a line of output; raises ProcessFailed with the last line."""
        wait_until(
            lambda: not self.alive or sign.search(self.output()) is not None,
            timeout,
            f"`{self.name}` did not get ready",
        )
        if not self.alive:
            raise ProcessFailed(f"`{self.name}` ended: {self.failure()}")

    def wait_end(self, timeout: float = STOP_S) -> int:
        """Wait for the end; returns the exit status, negative for a signal."""
        return self.popen.wait(timeout)

    def terminate(self, timeout: float = STOP_S) -> int:
        """Stop it and its children; returns the exit status.

        SIGTERM, a second one after `timeout` seconds, at which a worker gives its job back, and
        finally SIGKILL.
        """
        try:
            for seconds in (timeout, STOP_S):
                self.popen.terminate()
                with suppress(subprocess.TimeoutExpired):
                    return self.popen.wait(seconds)
            return self.kill()
        finally:
            with suppress(ProcessLookupError):  # its remaining children
                os.killpg(self.pid, signal.SIGKILL)

    def kill(self) -> int:
        """SIGKILL this process only; returns the exit status."""
        self.popen.kill()
        return self.popen.wait()


class Installation:
    """Starts and stops the API and the worker of one data folder.

    A context manager that stops all processes and deletes their logs, but not the data folder.
    """

    def __init__(
        self,
        data_dir: Path,
        port: int | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.data_dir = data_dir
        self.port = free_port() if port is None else port
        self.url = f"http://{HOST}:{self.port}"
        self.api: ManagedProcess | None = None
        self.worker: ManagedProcess | None = None
        self.started: list[ManagedProcess] = []
        self._logs = tempfile.TemporaryDirectory(prefix="forgesyte-logs-")
        self._environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "forgesyte.settings",
            "FORGESYTE_DATA_DIR": str(data_dir.resolve()),
            "FORGESYTE_ALLOWED_HOSTS": f"{HOST},localhost",
            "FORGESYTE_DEBUG": "0",
            "PYTHONUNBUFFERED": "1",
            # Temporary files of libraries are deleted with the logs.
            "TMPDIR": self._logs.name,
            **(environment or {}),
        }

    def __enter__(self) -> Installation:
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()
        self._logs.cleanup()

    def start(self) -> None:
        """Start both and wait until they are ready."""
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
        """Wait for those of the two that were started; raises ProcessFailed."""
        for process, sign in ((self.api, API_READY), (self.worker, WORKER_READY)):
            if process is not None:
                process.wait_ready(sign)

    def command(self, *arguments: str) -> ManagedProcess:
        """Start any `manage.py` command on this data folder."""
        log = Path(self._logs.name) / f"{len(self.started):03}-{arguments[0]}.log"
        process = ManagedProcess(list(arguments), self._environment, log)
        self.started.append(process)
        return process

    def client(self, timeout: float = 30.0) -> ApiClient:
        return ApiClient(self.url, timeout)

    def log(self) -> str:
        """The output of all processes so far, one after the other."""
        return "".join(process.output() for process in self.started)

    def stop(self) -> None:
        """Stop all processes, the last one first."""
        for process in reversed(self.started):
            process.terminate()


def wait_until(condition: Callable[[], bool], timeout: float, failure: str) -> None:
    """Wait for a condition; raises ProcessFailed with `failure` after `timeout` seconds."""
    deadline = time.monotonic() + timeout
    while not condition():
        if time.monotonic() > deadline:
            raise ProcessFailed(f"{failure} within {timeout:g} seconds.")
        time.sleep(POLL_S)


def free_port() -> int:
    """A free port below the ephemeral range.

    In that range, a client of a stopped server can connect to itself.
    """
    ports = iter(lambda: random.randint(10_000, 32_000), 0)  # noqa: S311  # nosec B311
    return next(filter(is_free, ports))


def is_free(port: int) -> bool:
    """Whether a server could listen there now."""
    try:
        socket.create_server((HOST, port)).close()
    except OSError:
        return False
    return True
