"""The worker: runs the pipeline over the videos of queued jobs, one at a time.

Log records about the current job have the attribute `job`, the last one also `seconds` and
`summary`.
"""

from __future__ import annotations

import logging
import os
import signal
import threading
import time
import uuid
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import TypeVar

from jobs.exceptions import JobsError, StorageFull, StoreClosed, WrongTransition
from jobs.job_run import RETRYABLE, Outcome, run_job
from jobs.models import JobRecord
from jobs.run_record import record_run
from jobs.storage.base import StorageService
from jobs.storage.local import disk_errors, make_folder, remove_parts
from jobs.store.base import JobStore
from jobs.upload_record import load_upload_name
from pipeline.exceptions import PipelineUnavailable
from pipeline.process import PipelineProcess

logger = logging.getLogger(__name__)

T = TypeVar("T")

IDLE_S = 1.0
RETRY_S = 0.5
# A job that ran out of disk space starts from the beginning, so the pause is longer.
DISK_RETRY_S = 10.0
# Disk space required to start a job.
MIN_FREE_BYTES = 1024**2
# How long the worker tries to give its job back after the second signal.
STOP_RETRY_S = 10.0
UNEXPECTED = "The worker failed unexpectedly on this video. Its log says why."
RESULTS_PREFIX = "results-"


class JobWorker:
    """Runs jobs, one at a time.

    A hostile video cannot crash the worker: the pipeline runs in a child process, and failures are
    recorded in the job's row. If the video is not the cause, the job is given back, and the worker
    retries (disk full, store unavailable) or stops (PipelineUnavailable).
    Results are written to `temp_folder` first.
    """

    def __init__(
        self,
        store: JobStore,
        storage: StorageService,
        pipeline: PipelineProcess,
        temp_folder: Path,
    ) -> None:
        self._store = store
        self._storage = storage
        self._pipeline = pipeline
        self._temp_folder = temp_folder
        self._stopping = threading.Event()
        self._exit_code: int | None = None  # set by the second signal
        self._retry_until = float("inf")

    def start(self) -> None:
        """Clean up after a dead worker while the models load."""
        self._pipeline.start()
        remove_parts(self._temp_folder, RESULTS_PREFIX)
        for job in self._retry(self._store.start_worker):
            logger.warning("job %s: %s", job.job_id, job.error_message or "was not started")

    def wait_ready(self) -> bool:
        """Wait until the models are loaded; False if the worker is stopped first.

        Raises PipelineUnavailable.
        """
        while not self._stopping.is_set():
            if self._pipeline.wait_ready(IDLE_S):
                return True
        return False

    def run_once(self, timeout: float = 0.0) -> bool:
        """Run the next job, waiting up to `timeout` seconds for one; False if there is none.

        If the job cannot be run now, gives it back and raises StoreUnavailable, StorageFull or
        PipelineUnavailable.
        """
        if timeout or self._store.size():
            self._require_room()
            # Otherwise a child that is killed while loading its models would interrupt a job.
            if not self.wait_ready():
                return False
        job = self._store.claim(timeout)
        if job is None:
            return False
        if self._stopping.is_set():  # while it waited for a job
            self._give_back(job, "it was not started")
            return False
        self._run(job)
        return True

    def run_forever(self, max_jobs: int | None = None) -> int:
        """Run jobs until `stop` is called or `max_jobs` are done; returns how many were run."""
        done = 0
        while not self._stopping.is_set() and (max_jobs is None or done < max_jobs):
            try:
                done += self.run_once(timeout=IDLE_S)
            except StoreClosed:
                raise
            except RETRYABLE as error:
                logger.warning("%s", error)
                self._stopping.wait(DISK_RETRY_S if isinstance(error, StorageFull) else RETRY_S)
        return done

    def stop(self) -> None:
        """Stop after the current job."""
        self._stopping.set()

    def close(self) -> None:
        """Stop the pipeline's process."""
        self._pipeline.stop()

    def handle_signal(self, signum: int, frame: FrameType | None) -> None:
        """First signal: finish the current job. Second: give it back and exit at once.

        Raises nothing, since it may interrupt a call of the store. Instead it kills the
        pipeline's process, and `run_job` then raises SystemExit.
        """
        if not self._stopping.is_set():
            logger.info("Finishing the current job. Press Ctrl-C again to stop now.")
            self.stop()
            return
        if self._exit_code is None:
            self._exit_code = 128 + signum
            self._retry_until = time.monotonic() + STOP_RETRY_S
        pid = self._pipeline.pid
        if pid is not None:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def _run(self, job: JobRecord) -> None:
        name = load_upload_name(self._storage, job.job_id)
        what = f"{job.pipeline_id} on {name}" if name else job.pipeline_id
        logger.info("job %s: running %s", job.job_id, what, extra={"job": job})
        begun, started_at = time.monotonic(), datetime.now(UTC)
        try:
            outcome = run_job(
                job, self._storage, self._pipeline, self._part(), self._exit_if_stopped
            )
        except (*RETRYABLE, PipelineUnavailable) as error:
            self._give_back(job, str(error))
            raise
        except Exception:
            logger.exception("job %s: unexpected failure", job.job_id)
            outcome = Outcome(error=UNEXPECTED)
        except BaseException:
            self._pipeline.stop()
            self._give_back(job, "the worker is stopping")
            raise
        if outcome.error:
            logger.warning("job %s: %s", job.job_id, outcome.error, extra={"job": job})
        record_run(self._storage, self._part(), job.job_id, started_at, outcome.summary)
        try:
            job = self._retry(lambda: self._record(job.job_id, outcome))
        except WrongTransition as error:
            logger.error("job %s: its outcome was not recorded. %s", job.job_id, error)
            return
        seconds = time.monotonic() - begun
        facts = {"job": job, "seconds": seconds, "summary": outcome.summary}
        logger.info("job %s: %s after %.1f s", job.job_id, job.status, seconds, extra=facts)

    def _record(self, job_id: uuid.UUID, outcome: Outcome) -> JobRecord:
        if outcome.error:
            return self._store.fail(job_id, outcome.error)
        return self._store.complete(job_id, outcome.output_path)

    def _part(self) -> Path:
        return self._temp_folder / f"{RESULTS_PREFIX}{uuid.uuid4().hex}.part"

    def _exit_if_stopped(self) -> None:
        if self._exit_code is not None:
            raise SystemExit(self._exit_code)

    def _require_room(self) -> None:
        with disk_errors():
            make_folder(self._temp_folder)  # in case it was removed
        disk = os.statvfs(self._temp_folder)
        if disk.f_bavail * disk.f_frsize < MIN_FREE_BYTES:
            raise StorageFull

    def _give_back(self, job: JobRecord, reason: str) -> None:
        try:
            self._retry(lambda: self._store.give_back(job.job_id))
        except JobsError as error:
            logger.error("job %s: could not be given back. %s", job.job_id, error)
        else:
            logger.warning("job %s: given back: %s", job.job_id, reason)

    def _retry(self, call: Callable[[], T]) -> T:
        """Retry until the store is available again, so that no result is lost."""
        while True:
            try:
                return call()
            except StoreClosed:
                raise
            except RETRYABLE as error:
                if time.monotonic() > self._retry_until:
                    raise
                logger.warning("%s Trying again.", error)
                time.sleep(RETRY_S)
