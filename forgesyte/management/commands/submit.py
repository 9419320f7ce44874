"""`manage.py submit`: send a video to an API and see what becomes of it."""

from __future__ import annotations

import sys
from argparse import RawDescriptionHelpFormatter
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from forgesyte.findings import Findings, NotResults
from forgesyte.submission import files
from forgesyte.submission.calls import JobFailed, Refused, State, Submission, SubmissionError
from forgesyte.submission.display import Display
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
            with closing(Submission(options["url"])) as submission:
                self._submit(submission, options)
        except SubmissionError as error:
            raise CommandError(printable(str(error)), returncode=error.exit_code) from error
        except KeyboardInterrupt:
            sys.stderr.write("\n")  # after the ^C that the terminal shows
            stopped = "Stopped before the server had the video."
            if self._job_id:
                goes_on = submission.goes_on(self._job_id)
                stopped = f"Stopped waiting; the job goes on. {goes_on}"
            self._display.say(stopped)
            raise SystemExit(INTERRUPTED) from None

    def _submit(self, submission: Submission, options: dict[str, Any]) -> None:
        video, output, say = options["video"], options["output"], self._display.say
        size = files.size_of(video)
        if output is not None:
            files.require_writable(output)
        with self._display.uploading(video.name, size) as sent:
            self._job_id = submission.upload(
                video,
                options["pipeline"],
                sent,
                lambda detail: say(f"The server is not ready: {detail}", style="yellow"),
            )
        page = f"{submission.url}/jobs/{self._job_id}"
        if not (options["wait"] or output):
            say(f"Its page: {page}")
            sys.stdout.write(f"{self._job_id}\n")
            return
        say(f"Job {self._job_id}, {page}")
        self._follow(submission)
        with (
            self._display.busy("Fetching and reading the results"),
            files.replacing(output) if output else TemporaryFile() as file,
        ):
            submission.fetch(self._job_id, file)
            file.seek(0)
            try:
                findings = Findings.read(file)
            except NotResults:
                raise Refused("The server's answer holds no results. Check --url.") from None
            timeline = files.timeline_of(video, settings.PIPELINE, findings.frames)
        if output:
            say(f"Results saved to {output}")
        findings.show(timeline, console(sys.stdout, no_color=options["no_color"]))

    def _follow(self, submission: Submission) -> None:
        """Return once the job is completed; raises JobFailed."""
        state = State("pending")
        with self._display.following() as show:
            for state in submission.follow(self._job_id):
                show(state)
        if state.status == "failed":
            raise JobFailed(f"The job failed: {state.error_message}")
        self._display.done()
