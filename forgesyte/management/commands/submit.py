"""`manage.py submit`: send a video to an API and see what becomes of it."""

from __future__ import annotations

import sys
from argparse import RawDescriptionHelpFormatter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any, BinaryIO

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from forgesyte import digest
from forgesyte.submission import files, table
from forgesyte.submission.calls import State, Submission
from forgesyte.submission.display import Display
from forgesyte.submission.exceptions import JobFailed, Refused, SubmissionError
from jobs.terminal import console, printable

URL = "http://127.0.0.1:8000"
INTERRUPTED = 130  # 128 + SIGINT, as shells do it
EXIT_CODES = """
exit codes:
  0    done: the job is submitted or, with --wait, completed
  1    the job failed
  2    wrong use: the file cannot be read, or the server refuses it
  3    the server cannot be reached, or not now
  130  stopped by Ctrl-C; a job that is submitted goes on
"""


class Command(BaseCommand):
    """Results go to standard output, all else to standard error: bars on a terminal, or lines."""

    help = "Send a video to the API and print the id of its job, or wait and show what was found."
    requires_system_checks: list[str] = []

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        parser = super().create_parser(prog_name, subcommand, epilog=EXIT_CODES, **kwargs)
        parser.formatter_class = RawDescriptionHelpFormatter
        return parser

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("video", type=Path, help="an MP4")
        parser.add_argument("--url", default=URL, help="where the API is (default %(default)s)")
        parser.add_argument("--pipeline", metavar="ID", help="default: the server's")
        parser.add_argument(
            "--wait", action="store_true", help="wait for the job's end and show what was found"
        )
        parser.add_argument(
            "--output",
            type=Path,
            metavar="FILE",
            help="save the results there as JSON, in place of what the file held; waits, too",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        self._job_id = ""
        told = console(sys.stderr, no_color=options["no_color"])
        told.quiet = options["verbosity"] == 0
        self._display = Display(told)
        try:
            self._submit(options)
        except SubmissionError as error:
            raise CommandError(printable(str(error)), returncode=error.exit_code) from error
        except KeyboardInterrupt:
            sys.stderr.write("\n")  # after the ^C that the terminal shows
            self._display.say(self._stopped())
            raise SystemExit(INTERRUPTED) from None

    def _submit(self, options: dict[str, Any]) -> None:
        video, output = options["video"], options["output"]
        size = files.size_of(video)
        if output is not None:
            files.require_writable(output)
        self._submission = Submission(options["url"])
        with self._display.uploading(video.name, size) as sent:
            self._job_id = self._submission.upload(video, options["pipeline"], sent, self._not_yet)
        if not (options["wait"] or output):
            self._display.say(f"Its page: {self._submission.url}/jobs/{self._job_id}")
            sys.stdout.write(f"{self._job_id}\n")
            return
        self._display.say(f"Job {self._job_id}, {self._submission.url}/jobs/{self._job_id}")
        self._follow()
        with (
            self._display.busy("Fetching and reading the results"),
            files.replacing(output) if output else _scratch() as file,
        ):
            self._submission.fetch(self._job_id, file)
            file.seek(0)
            findings = self._read(file)
            timeline = files.timeline_of(video, settings.PIPELINE, findings.frames)
        if output:
            self._display.say(f"Results saved to {output}")
        shown_on = console(sys.stdout, no_color=options["no_color"])
        table.show(findings, timeline, shown_on)

    def _follow(self) -> None:
        """Return once the job is completed; raises JobFailed."""
        state = State("pending")
        with self._display.following() as show:
            for state in self._submission.follow(self._job_id):
                show(state)
        if state.status == "failed":
            raise JobFailed(f"The job failed: {state.error_message}")
        self._display.done()

    def _read(self, file: BinaryIO) -> digest.Findings:
        try:
            return digest.read(file)
        except digest.NotResults:
            raise Refused("The server's answer holds no results. Check --url.") from None

    def _not_yet(self, detail: str) -> None:
        self._display.say(f"The server is not ready: {detail}", style="yellow")

    def _stopped(self) -> str:
        if not self._job_id:
            return "Stopped before the server had the video."
        return f"Stopped waiting; the job goes on. {self._submission.goes_on(self._job_id)}"


@contextmanager
def _scratch() -> Iterator[BinaryIO]:
    with TemporaryFile() as file:
        yield file
