"""One job's video through the pipeline, and how that ends."""

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
# Temporary, or until the operator makes room: no reason to fail a job.
NOT_NOW = (StoreUnavailable, StorageFull)
# A signal that comes from outside the pipeline's process (an operator, the kernel short of
# memory) may have hit any job; a fault inside it is caused by the video. The watchdog of a decoder
# that produces no frame (SIGALRM) may have met a suspended machine.
OUTSIDE_SIGNALS = frozenset({"SIGKILL", "SIGTERM", "SIGINT", "SIGHUP", "SIGALRM"})


class Outcome(NamedTuple):
    """How a run ended: with results and their summary, or with an error."""

    output_path: str = ""
    error: str = ""
    summary: RunSummary | None = None


def run_job(
    job: JobRecord,
    storage: StorageService,
    pipeline: PipelineProcess,
    part: Path,
    exit_if_told: Callable[[], None],
) -> Outcome:
    """Run the pipeline over the job's video and store its results, which are written to `part`.

    Raises what keeps the job from being run now (NOT_NOW, PipelineUnavailable), and whatever
    `exit_if_told` raises once the worker has been told to stop at once.
    """
    try:
        summary = _run_pipeline(job, storage, pipeline, part, exit_if_told)
        return Outcome(storage.save_file(part, results_name(job.job_id)), "", summary)
    except ResultsNotWritable as error:
        raise StorageFull(str(error)) from error
    except (*NOT_NOW, PipelineUnavailable):
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
    exit_if_told: Callable[[], None],
) -> RunSummary:
    """Retry once if something outside killed the pipeline's process."""
    try:
        video = storage.load_file(job.input_path)
    except StoredFileMissing:
        raise StoredFileMissing("The uploaded video is gone. Submit it again.") from None
    for retry in (True, False):
        try:
            summary = pipeline.run(video, job.pipeline_id, results)
            break
        except PipelineProcessDied as died:
            exit_if_told()
            if not retry or died.signal_name not in OUTSIDE_SIGNALS:
                raise
            logger.warning("job %s: %s Trying once more.", job.job_id, died)
            while not pipeline.wait_ready(READY_S):
                exit_if_told()
    exit_if_told()
    return summary
