"""Runs the pipeline over the video of one job."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from jobs.exceptions import JobsError, StorageFull, StoredFileMissing, StoreUnavailable
from jobs.models import JobRecord
from jobs.storage.base import StorageService
from jobs.storage.names import results_name
from pipeline.exceptions import (
    PipelineError,
    PipelineProcessDied,
    PipelineUnavailable,
    ResultsNotWritable,
)
from pipeline.process import PipelineProcess
from pipeline.results import RunSummary

logger = logging.getLogger(__name__)

READY_S = 1.0
# Temporary errors, or a full disk: the job is given back and retried.
RETRYABLE = (StoreUnavailable, StorageFull)
# Signals that are not the video's fault: an operator or the kernel's OOM killer sent them, or the
# decoder's watchdog (SIGALRM), which also fires if the machine was suspended.
OUTSIDE_SIGNALS = frozenset({"SIGKILL", "SIGTERM", "SIGINT", "SIGHUP", "SIGALRM"})


class Outcome(NamedTuple):
    """The results of a run and their summary, or an error."""

    output_path: str = ""
    error: str = ""
    summary: RunSummary | None = None


def run_job(
    job: JobRecord,
    storage: StorageService,
    pipeline: PipelineProcess,
    part: Path,
    exit_if_stopped: Callable[[], None],
) -> Outcome:
    """Run the pipeline over the job's video and store its results, written to `part` first.

    Raises RETRYABLE errors and PipelineUnavailable if the job cannot be run now, and what
    `exit_if_stopped` raises after the second stop signal.
    """
    try:
        summary = _run_pipeline(job, storage, pipeline, part, exit_if_stopped)
        return Outcome(storage.save_file(part, results_name(job.job_id)), "", summary)
    except ResultsNotWritable as error:
        raise StorageFull(str(error)) from error
    except (*RETRYABLE, PipelineUnavailable):
        raise
    except (PipelineError, JobsError) as error:
        return Outcome(error=str(error))
    finally:
        part.unlink(missing_ok=True)


def _run_pipeline(
    job: JobRecord,
    storage: StorageService,
    pipeline: PipelineProcess,
    results: Path,
    exit_if_stopped: Callable[[], None],
) -> RunSummary:
    """Retry once if an OUTSIDE_SIGNALS signal killed the pipeline's process."""
    try:
        video = storage.load_file(job.input_path)
    except StoredFileMissing:
        raise StoredFileMissing("The uploaded video is gone. Submit it again.") from None
    for retry in (True, False):
        try:
            summary = pipeline.run(video, job.pipeline_id, results)
            break
        except PipelineProcessDied as died:
            exit_if_stopped()
            if not retry or died.signal_name not in OUTSIDE_SIGNALS:
                raise
            logger.warning("job %s: %s Trying once more.", job.job_id, died)
            while not pipeline.wait_ready(READY_S):
                exit_if_stopped()
    exit_if_stopped()
    return summary
