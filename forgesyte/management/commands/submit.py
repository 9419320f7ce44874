"""`manage.py submit`: send videos to an API and wait for their results."""

from __future__ import annotations

import os
import re
import sys
from argparse import ArgumentTypeError, RawDescriptionHelpFormatter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from forgesyte import findings
from forgesyte.api_client import ApiClient, ClientError, JobFailed, State, Unavailable
from forgesyte.submission import calls
from forgesyte.submission.display import Display
from pipeline.exceptions import UnusableFile
from pipeline.files import outputs_of, require_video, videos_of
from pipeline.results import unreadable_frames
from pipeline.terminal import console, printable
from pipeline.transcript import transcript

URL = "http://127.0.0.1:8000"
INTERRUPTED = 130  # 128 + SIGINT, as in shells
EXIT_CODES = """
exit codes (the worst one for several videos):
  0    success: the job was submitted or, with --wait, completed
  1    the job failed
  2    usage error: the file cannot be read, or the server rejected it
  3    the server cannot be reached or is unavailable
  130  interrupted by Ctrl-C; submitted jobs continue
"""


@dataclass
class Submission:
    """One of the videos, its job and its error."""

    video: Path
    output: Path | None
    job_id: str = ""
    error: Exception | None = None
    done: str = "not sent"


class Command(BaseCommand):
    """Prints results to standard output and everything else to standard error."""

    help = "Submit videos to the API and print their job IDs, or wait for the results."
    requires_system_checks: list[str] = []

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        parser = super().create_parser(prog_name, subcommand, epilog=EXIT_CODES, **kwargs)
        parser.formatter_class = RawDescriptionHelpFormatter
        return parser

    def add_arguments(self, parser: CommandParser) -> None:
        add = parser.add_argument
        add("videos", type=Path, nargs="+", metavar="VIDEO", help="MP4 files, folders or patterns")
        add(
            "--url", default=URL, help="HOST:PORT or http(s)://[USER:PASSWORD@]HOST[:PORT][/PREFIX]"
        )
        add(
            "--header",
            type=_header,
            action="append",
            metavar="'NAME: VALUE'",
            help="repeatable",
        )
        add("--cacert", type=Path, metavar="FILE", help="CA certificates to trust (PEM)")
        add("--pipeline", metavar="ID", help="default: the server's default")
        add("--wait", action="store_true", help="wait until the job ends and show what was found")
        add("--text", action="store_true", help="print all the text that was read (implies --wait)")
        add(
            "--output",
            type=Path,
            metavar="FILE",
            help="save the results as JSON, replacing the file; a folder for several videos, - for "
            "standard output (implies --wait)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        told = console(sys.stderr, no_color=options["no_color"])
        told.quiet = options["verbosity"] == 0
        self._display, self._options = Display(told), options
        submissions: list[Submission] = []
        timeouts = calls.POLL_TIMEOUT_S, calls.UPLOAD_TIMEOUT_S
        headers = dict(options["header"] or [])
        try:
            with ApiClient(options["url"], *timeouts, headers, options["cacert"]) as api:
                submissions += _submissions(options["videos"], options["output"])
                self._several = len(submissions) > 1
                self._send_all(api, submissions)
        except (ClientError, UnusableFile) as error:
            code = _exit_code(error)
            raise CommandError(printable(str(error)), returncode=code) from error
        except BrokenPipeError:  # the reader has closed the pipe, as `| head` does
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        except KeyboardInterrupt:
            sys.stderr.write("\n")  # after the ^C that the terminal shows
            self._display.say(_stopped(api, submissions))
            raise SystemExit(INTERRUPTED) from None

    def _send_all(self, api: ApiClient, submissions: list[Submission]) -> None:
        """Upload all videos, then wait for each if requested; raises the error of a lone one."""
        for step in self._steps():
            for submission in submissions:
                try:
                    if not submission.error and (submission.job_id or step == self._upload):
                        step(api, submission)
                except (ClientError, UnusableFile) as error:
                    if not self._several:
                        raise
                    submission.error, submission.done = error, str(error)
                    if isinstance(error, Unavailable):
                        break
        if not self._several:
            return
        for submission in submissions:
            style = "red" if submission.error else ""
            self._display.say(f"{submission.video}: {submission.done}", style=style)
        if worst := max(_exit_code(each.error) for each in submissions):
            raise SystemExit(worst)

    def _steps(self) -> tuple[Step, ...]:
        waits = any(self._options[name] for name in ("wait", "text", "output"))
        return (self._upload, self._report) if waits else (self._upload, _print_id)

    def _upload(self, api: ApiClient, submission: Submission) -> None:
        video, say = submission.video, self._display.say
        size = require_video(video)
        with self._display.uploading(video.name, size) as sent:
            submission.job_id = calls.upload(
                api,
                video,
                self._options["pipeline"],
                sent,
                lambda detail: say(f"The server is not ready: {detail}", style="yellow"),
            )
        submission.done = f"job {submission.job_id}"
        say(f"Job {submission.job_id}, {api.url}/jobs/{submission.job_id}")

    def _report(self, api: ApiClient, submission: Submission) -> None:
        """Wait for the job, then save and show its results; raises JobFailed."""
        state = State("pending")
        with self._display.following(submission.video.name) as show:
            for state in api.states(submission.job_id):
                show(state)
        if state.status == "failed":
            raise JobFailed(f"The job failed: {state.error_message}")
        self._display.done(submission.video.name)
        with calls.results_file(submission.output) as file:
            with self._display.busy("Fetching and reading the results"):
                calls.fetch(api, submission.job_id, file)
                lines = self._findings(submission.video, file)
            for line in lines:
                if submission.output == calls.STANDARD_OUTPUT:
                    self._display.say(line)
                else:
                    sys.stdout.write(f"{printable(line)}\n")
        submission.done = f"completed, job {submission.job_id}"
        if submission.output not in (None, calls.STANDARD_OUTPUT):
            self._display.say(f"Results saved to {submission.output}")

    def _findings(self, video: Path, file: BinaryIO) -> Iterator[str]:
        """The lines to print; raises ClientError if the file has no results."""
        frames, classes = findings.counted(findings.stored_items(file))
        heading = [f"{video}:"] if self._several else []
        times, unreadable = findings.times_of(video, settings.PIPELINE, frames)
        if unreadable:
            told = f"{unreadable_frames(unreadable)}: the video is damaged there."
            self._display.say(told, style="yellow")
        shown_at = (lambda frame: times[frame]) if times else None
        items = findings.stored_items(file)
        if self._options["text"]:
            return chain(heading, map(str, transcript(items, shown_at or float)))
        return chain(heading, findings.summary(items, frames, classes, shown_at))


def _submissions(named: list[Path], output: Path | None) -> list[Submission]:
    videos = videos_of(named)
    if output is None or output == calls.STANDARD_OUTPUT:
        if output and len(videos) > 1:
            raise UnusableFile("--output - takes only one video. Give a folder for several.")
        return [Submission(video, output) for video in videos]
    return list(map(Submission, videos, outputs_of(videos, output, "_results.json")))


def _exit_code(error: Exception | None) -> int:
    return getattr(error, "exit_code", 2) if error else 0


def _print_id(api: ApiClient, submission: Submission) -> None:
    sys.stdout.write(f"{submission.job_id}\n")


def _stopped(api: ApiClient, submissions: list[Submission]) -> str:
    """The message after Ctrl-C."""
    left = [each.job_id for each in submissions if each.done == f"job {each.job_id}"]
    if not left:
        return "Stopped before the upload was complete."
    pages = " ".join(f"{api.url}/jobs/{job_id}" for job_id in left)
    return f"Stopped waiting; {'the jobs continue' if left[1:] else 'the job continues'}: {pages}"


def _header(text: str) -> tuple[str, str]:
    name, colon, value = text.partition(":")
    if not re.fullmatch(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", name) or not colon:  # RFC 9110, 5.1
        raise ArgumentTypeError(f"{text!r} is not a header such as 'X-Api-Key: secret'")
    return name, value.strip()


Step = Callable[[ApiClient, Submission], None]
