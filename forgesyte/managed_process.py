"""A `manage.py` command as a process of its own, watched from outside."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path

MANAGE = Path(__file__).resolve().parent.parent / "manage.py"
START_S = 90.0
STOP_S = 30.0
POLL_S = 0.01


class ProcessFailed(Exception):
    """A process of the installation ended, or did not get ready; the message is its last line."""


class ManagedProcess:
    """A `manage.py` command in a process group of its own.

    Its output goes to the file `log`; without one, to where this process's own goes. `under` is a
    command that becomes another, such as nice(1), and its options.
    """

    def __init__(
        self,
        arguments: list[str],
        environment: Mapping[str, str],
        log: Path | None = None,
        under: Sequence[str] = (),
    ) -> None:
        self.name = arguments[0]
        self.log = log
        with ExitStack() as stack:
            self.popen = subprocess.Popen(
                [*under, sys.executable, str(MANAGE), *arguments],
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=None if log is None else stack.enter_context(log.open("ab")),
                stderr=None if log is None else subprocess.STDOUT,
                process_group=0,
            )

    @property
    def pid(self) -> int:
        return self.popen.pid

    @property
    def alive(self) -> bool:
        return self.popen.poll() is None

    def output(self) -> str:
        """What it has printed so far, if that goes to a file."""
        return "" if self.log is None else self.log.read_text(encoding="utf-8", errors="replace")

    def failure(self) -> str:
        """The last line that it printed, which says why a command of Django failed."""
        lines = [line for line in self.output().splitlines() if line.strip()]
        return lines[-1].removeprefix("CommandError: ") if lines else "it printed nothing"

    def wait_ready(self, sign: re.Pattern[str], timeout: float = START_S) -> None:
        """Wait for a line of its output; raises ProcessFailed with its last line."""
        wait_until(
            lambda: not self.alive or sign.search(self.output()) is not None,
            timeout,
            f"`{self.name}` did not get ready",
        )
        if not self.alive:
            raise ProcessFailed(f"`{self.name}` ended: {self.failure()}")

    def wait_end(self, timeout: float = STOP_S) -> int:
        """Its exit status, negative for a signal."""
        return self.popen.wait(timeout)

    def terminate(self, timeout: float = STOP_S) -> int:
        """Stop it and its children; the exit status.

        SIGTERM, after `timeout` seconds another one, at which a worker gives its job back, and
        only then SIGKILL.
        """
        try:
            for seconds in (timeout, STOP_S):
                self.popen.terminate()
                with suppress(subprocess.TimeoutExpired):
                    return self.popen.wait(seconds)
            return self.kill()
        finally:
            self._kill_group()

    def kill(self) -> int:
        """SIGKILL for this process alone, as the kernel would; the exit status."""
        self.popen.kill()
        return self.popen.wait()

    def _kill_group(self) -> None:
        """End what is left of the children of this process, and of no other."""
        try:
            os.killpg(self.popen.pid, signal.SIGKILL)
        except ProcessLookupError:
            return


def wait_until(condition: Callable[[], bool], timeout: float, failure: str) -> None:
    """Return once the condition holds; raises ProcessFailed with `failure` after `timeout` s."""
    deadline = time.monotonic() + timeout
    while not condition():
        if time.monotonic() > deadline:
            raise ProcessFailed(f"{failure} within {timeout:g} seconds.")
        time.sleep(POLL_S)
