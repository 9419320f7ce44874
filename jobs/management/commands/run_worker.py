"""`manage.py run_worker`: the worker."""

from __future__ import annotations

import logging
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from jobs.composition import data_folder, job_store, run_folder, storage, stored_size, temp_folder
from jobs.exceptions import JobsError
from jobs.locks import only_one
from jobs.models import JobRecord
from jobs.upload_record import load_upload_name
from jobs.worker import JobWorker
from jobs.worker_display import in_foreground, terminal_display
from pipeline.exceptions import PipelineUnavailable
from pipeline.formats import file_size
from pipeline.process import PipelineProcess

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
LEVELS = {0: logging.ERROR, 1: logging.INFO, 2: logging.DEBUG, 3: logging.DEBUG}


class Command(BaseCommand):
    """Runs jobs until it is stopped."""

    help = "Run the worker: take jobs from the queue and run the YOLO and OCR pipeline on them."

    def add_arguments(self, parser: CommandParser) -> None:
        amount = parser.add_mutually_exclusive_group()
        amount.add_argument("--once", action="store_true", help="run one pending job and exit")
        amount.add_argument("--max-jobs", type=int, metavar="N", help="stop after N jobs")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["max_jobs"] is not None and options["max_jobs"] < 1:
            raise CommandError("--max-jobs must be at least 1.")
        for name in ("jobs", "pipeline"):
            logging.getLogger(name).setLevel(LEVELS[options["verbosity"]])
        refusal = "A worker (PID {pid}) is already running; only one is allowed."
        try:
            with only_one(run_folder() / "worker.lock", refusal):
                self._work(options)
        except JobsError as error:
            raise CommandError(f"{error} Data folder: {data_folder()}") from error
        except PipelineUnavailable as error:
            raise CommandError(str(error)) from error

    def _work(self, options: dict[str, Any]) -> None:
        job_worker = build_worker()
        ran = True
        try:
            job_store().join()
            job_store().stand_by()
            with _signals(job_worker):
                with self._display(options) as say:
                    job_worker.start()
                    if options["once"]:
                        ran = job_worker.run_once()
                    else:
                        say(f"Loading the models. Data folder: {data_folder()}")
                        if job_worker.wait_ready():
                            say("Worker ready (Ctrl-C finishes the current job and stops)")
                        job_worker.run_forever(options["max_jobs"])
                if options["once"]:
                    self.stdout.write("Ran one job." if ran else "No job is waiting.")
        finally:
            job_worker.close()
            job_store().close()

    def _display(self, options: dict[str, Any]) -> AbstractContextManager[Callable[[str], None]]:
        """A display on a terminal, else the log."""
        if options["verbosity"] == 0 or not in_foreground():
            return nullcontext(self._say)
        detailed = options["verbosity"] > 1
        return terminal_display(_video_of, detailed=detailed, no_color=options["no_color"])

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()


def _video_of(job: JobRecord) -> str:
    """The name and size of a job's video, if known."""
    name, size = load_upload_name(storage(), job.job_id), stored_size(job.input_path)
    return "  ".join(filter(None, (name, "" if size is None else file_size(size))))


def build_worker() -> JobWorker:
    """A worker for this installation."""
    pipeline = PipelineProcess(settings.PIPELINE)
    return JobWorker(job_store(), storage(), pipeline, temp_folder())


@contextmanager
def _signals(job_worker: JobWorker) -> Iterator[None]:
    """Graceful shutdown: let the worker handle the stop signals, then restore the old handlers.

    SIGHUP, from a closed terminal, is handled unless it is ignored, as under nohup(1).
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    old = {number: signal.getsignal(number) for number in STOP_SIGNALS}
    if old[signal.SIGHUP] == signal.SIG_IGN:
        del old[signal.SIGHUP]
    for number in old:
        signal.signal(number, job_worker.handle_signal)
    try:
        yield
    finally:
        for number, handler in old.items():
            signal.signal(number, handler)
