"""`manage.py run_all`: API and worker together until Ctrl-C."""

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
NAMES = {"serve": "The API", "run_worker": "The worker"}


class Command(BaseCommand):
    """Both are processes of their own, as if started in two terminals; their logs go here."""

    help = "Run the API and the worker until Ctrl-C. Press it twice to skip waiting for a job."

    def add_arguments(self, parser: CommandParser) -> None:
        exposure.add_address(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        if exposed := exposure.refusal(options["host"], settings.ENVIRONMENT.secret_key):
            raise CommandError(exposed)
        self._processes: list[ManagedProcess] = []
        self._stopping = False
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
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
                process.terminate()  # there is none left, unless this command failed

    def _watch(self) -> None:
        """Return when both have stopped as told; raises CommandError if one ends by itself.

        A worker that is told to stop may take as long as its job does.
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
        """Pass each signal on: the worker finishes its job at the first, not at the second."""
        self._stopping = True
        for process in self._processes:
            if process.alive:
                process.popen.terminate()
