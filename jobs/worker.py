"""The worker: takes one job after the other and runs the pipeline over its video.

Log records about the current job carry it as `job`, the last one also `seconds` and `summary`.
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
from jobs.job_run import NOT_NOW, Outcome, run_job
from jobs.models import JobRecord
from jobs.run_record import record_run
from jobs.storage.base import StorageService
from jobs.storage.local import remove_parts
from jobs.store.base import JobStore
from jobs.upload_record import load_upload_name
from pipeline.exceptions import PipelineUnavailable
from pipeline.process import PipelineProcess

logger = logging.getLogger(__name__)

T = TypeVar("T")

IDLE_S = 1.0
RETRY_S = 0.5
# A run that found no room on the disk is repeated from its beginning, so not at once.
DISK_RETRY_S = 10.0
# With less no job is begun: results and database could not be written.
MIN_FREE_BYTES = 1024**2
# After the second signal, for the store to take the job back.
LAST_TRIES_S = 10.0
UNEXPECTED = "The worker failed unexpectedly on this video. Its log says why."
RESULTS_PREFIX = "results-"


class JobWorker:
    """Runs jobs, one at a time.

    No video can end the worker: the pipeline runs in a child process, and each failure is recorded
    on the job's row. What is not the video's fault fails no job: it is given back, and the worker
    waits (no room, no answer from the store) or stops (PipelineUnavailable).
    `temp_folder` takes results while they are written.
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
        self._give_up_at = float("inf")

    def start(self) -> None:
        """Clean up after a worker that died, while the models load."""
        self._pipeline.start()
        remove_parts(self._temp_folder, RESULTS_PREFIX)
        for job in self._insist(self._store.start_worker):
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
        """Run the next job to its end, waiting up to `timeout` seconds for one.

        Returns False if there was none. If the job cannot be run now, it is given back, and
        StoreUnavailable, StorageFull or PipelineUnavailable is raised.
        """
        if timeout or self._store.size():
            self._require_room()
            # A process killed while it loads its models must not count as an interrupted job.
            if not self.wait_ready():
                return False
        job = self._store.claim(timeout)
        if job is None:
            return False
        if self._stopping.is_set():  # stopped while it waited
            self._give_back(job, "it was not started")
            return False
        self._run(job)
        return True

    def run_forever(self, max_jobs: int | None = None) -> int:
        """Run jobs until `stop` is called or `max_jobs` have been run; returns how many were."""
        done = 0
        while not self._stopping.is_set() and (max_jobs is None or done < max_jobs):
            try:
                done += self.run_once(timeout=IDLE_S)
            except StoreClosed:
                raise
            except NOT_NOW as error:
                logger.warning("%s", error)
                self._stopping.wait(DISK_RETRY_S if isinstance(error, StorageFull) else RETRY_S)
        return done

    def stop(self) -> None:
        """Finish the current job and take no other."""
        self._stopping.set()

    def close(self) -> None:
        """End the pipeline's process."""
        self._pipeline.stop()

    def handle_signal(self, signum: int, frame: FrameType | None) -> None:
        """First signal: finish the current job. Second: give it back and exit at once.

        Raises nothing, since it may interrupt a call of the store: it ends the pipeline's process,
        and the worker sees why.
        """
        if not self._stopping.is_set():
            logger.info("Finishing the current job. Press Ctrl-C again to stop now.")
            self.stop()
            return
        if self._exit_code is None:
            self._exit_code = 128 + signum
            self._give_up_at = time.monotonic() + LAST_TRIES_S
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
            outcome = run_job(job, self._storage, self._pipeline, self._part(), self._exit_if_told)
        except (*NOT_NOW, PipelineUnavailable) as error:
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
            job = self._insist(lambda: self._record(job.job_id, outcome))
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

    def _exit_if_told(self) -> None:
        if self._exit_code is not None:
            raise SystemExit(self._exit_code)

    def _require_room(self) -> None:
        disk = os.statvfs(self._temp_folder)
        if disk.f_bavail * disk.f_frsize < MIN_FREE_BYTES:
            raise StorageFull

    def _give_back(self, job: JobRecord, reason: str) -> None:
        try:
            self._insist(lambda: self._store.give_back(job.job_id))
        except JobsError as error:
            logger.error("job %s: could not be given back. %s", job.job_id, error)
        else:
            logger.warning("job %s: given back: %s", job.job_id, reason)

    def _insist(self, call: Callable[[], T]) -> T:
        """Retry until the store answers: no result is thrown away."""
        while True:
            try:
                return call()
            except StoreClosed:
                raise
            except NOT_NOW as error:
                if time.monotonic() > self._give_up_at:
                    raise
                logger.warning("%s Trying again.", error)
                time.sleep(RETRY_S)
