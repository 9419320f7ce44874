"""`manage.py run_all`: run API and worker until Ctrl-C."""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress
from types import FrameType
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from forgesyte import exposure
from forgesyte.installation import ManagedProcess

POLL_S = 0.1
SIGNALS = signal.SIGINT, signal.SIGTERM, signal.SIGHUP
NAMES = {"serve": "The API", "run_worker": "The worker"}


class Command(BaseCommand):
    """Runs them as two processes with a common output."""

    help = "Run the API and the worker until Ctrl-C. Press it twice to skip waiting for a job."

    def add_arguments(self, parser: CommandParser) -> None:
        exposure.add_address(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        if exposed := exposure.refusal(options["host"], settings.ENVIRONMENT.secret_key):
            raise CommandError(exposed)
        self._processes: list[ManagedProcess] = []
        self._stopping = False
        for number in SIGNALS:
            if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:  # nohup(1)
                signal.signal(number, self._stop)
        address = ["--host", options["host"], "--port", str(options["port"])]
        try:
            for arguments in (["serve", *address], ["run_worker"]):
                if not self._stopping:
                    self._processes.append(ManagedProcess(arguments, os.environ))
            self._watch()
        finally:
            for process in self._processes:
                process.terminate()  # none is left unless this command failed
            for number in SIGNALS:  # one that comes now would change the exit status
                signal.signal(number, signal.SIG_IGN)

    def _watch(self) -> None:
        """Wait until both have stopped; raises CommandError if one ended by itself.

        A stopping worker first finishes its job.
        """
        failure = None
        ended: list[ManagedProcess] = []
        while len(ended) < len(self._processes):
            ended = [process for process in self._processes if not process.alive]
            if ended and not self._stopping:
                status = ended[0].popen.returncode
                failure = f"{NAMES[ended[0].name]} ended by itself (exit status {status})."
                self._say(f"{failure} Stopping the rest; Ctrl-C stops a job in progress, too.")
                self._stop(signal.SIGTERM, None)
            time.sleep(POLL_S)
        if failure is not None:
            raise CommandError(failure)
        self._say("API and worker have stopped.")

    def _say(self, line: str) -> None:
        with suppress(OSError):  # the terminal may be gone
            self.stdout.write(line)
            self.stdout.flush()

    def _stop(self, signum: int, frame: FrameType | None) -> None:
        """Pass each signal on: at the first the worker finishes its job, at the second it stops."""
        self._stopping = True
        for process in self._processes:
            if process.alive:
                process.popen.terminate()
