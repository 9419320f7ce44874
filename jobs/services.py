"""What the API does with jobs; one function for each view."""

from __future__ import annotations

import io
import json
import logging
import uuid
from pathlib import Path
from typing import IO

from django.conf import settings

from jobs.composition import job_store, storage
from jobs.exceptions import (
    InvalidUpload,
    JobNotFound,
    ResultsNotAvailable,
    ResultsUnreadable,
    StoredFileMissing,
)
from jobs.joined_file import JoinedFile
from jobs.models import JobRecord, JobStatus
from jobs.storage.names import video_name
from jobs.unanswered import unanswered
from pipeline.definitions import descriptions, known_pipelines
from pipeline.video.structure import is_mp4

logger = logging.getLogger(__name__)

DEFAULT_PIPELINE = "yolo_ocr"

_NOT_COMPLETED = {
    JobStatus.PENDING: "This job is pending: a worker has not begun it yet. Try again later.",
    JobStatus.RUNNING: "This job is running. Try again when its status is completed.",
    JobStatus.FAILED: "This job failed, so it has no results. Its status says why.",
}


def pipelines() -> list[str]:
    """The ids that a submission may name."""
    return known_pipelines(settings.PIPELINE.definitions_dir)


def pipeline_descriptions() -> dict[str, str]:
    """What each pipeline says it is for, by its id."""
    return descriptions(settings.PIPELINE.definitions_dir)


def submit_video(upload: Path, pipeline_id: str) -> uuid.UUID:
    """Store an uploaded video and queue a job for it.

    Takes the file `upload` over. Raises InvalidUpload, StorageFull or StoreUnavailable; then
    neither a stored file nor a job is left, or both if the store committed the job too late.
    """
    known = pipelines()
    if pipeline_id not in known:
        raise InvalidUpload(
            f"There is no pipeline {pipeline_id[:64]!r}. Known pipelines: {', '.join(known)}."
        )
    _require_mp4(upload)
    job_id = uuid.uuid4()
    with unanswered(job_id):
        input_path = storage().save_file(upload, video_name(job_id))
        job_store().submit(job_id, pipeline_id, input_path)
    logger.info("job %s: submitted for %s", job_id, pipeline_id)
    return job_id


def get_job(job_id: str) -> JobRecord:
    """The job; raises JobNotFound also for what is not a UUID."""
    try:
        parsed = uuid.UUID(job_id)
    except ValueError:
        raise JobNotFound(f"{job_id[:64]!r} is not a job id: job ids are UUIDs.") from None
    return job_store().get(parsed)


def open_results(job_id: str) -> JoinedFile:
    """The results answer of a completed job as JSON, with the stored array as it is.

    Raises JobNotFound, or ResultsNotAvailable with the reason.
    """
    job = get_job(job_id)
    if job.status != JobStatus.COMPLETED or job.output_path is None:
        raise ResultsNotAvailable(_NOT_COMPLETED[job.status])
    stored = _stored_array(job.output_path)
    head = {
        "job_id": str(job.job_id),
        "created_at": iso(job.created_at),
        "updated_at": iso(job.updated_at),
    }
    opening = json.dumps(head)[:-1] + ', "results": '
    return JoinedFile([io.BytesIO(opening.encode()), stored, io.BytesIO(b"}")])


def _stored_array(name: str) -> IO[bytes]:
    """The results file; one that does not begin and end as an array does is not sent."""
    try:
        stored = storage().load_file(name).open("rb")
    except (StoredFileMissing, FileNotFoundError):
        raise ResultsNotAvailable(
            "This job is completed, but its results file has been removed from the data folder. "
            "Submit the video again."
        ) from None
    except OSError as error:
        raise ResultsUnreadable from error
    try:
        size = stored.seek(0, io.SEEK_END)
        stored.seek(max(0, size - 2))
        end = stored.read().rstrip()[-1:]
        stored.seek(0)
        whole = size >= 2 and (stored.read(1), end) == (b"[", b"]")
    except OSError as error:
        stored.close()
        raise ResultsUnreadable from error
    if not whole:
        stored.close()
        raise ResultsNotAvailable(
            "This job is completed, but its results file in the data folder has been damaged. "
            "Submit the video again."
        )
    return stored


def iso(moment: object) -> str:
    """ISO 8601 with `Z`, as DRF writes aware UTC timestamps."""
    return str(moment.isoformat()).replace("+00:00", "Z")  # type: ignore[attr-defined]


def _require_mp4(upload: Path) -> None:
    with upload.open("rb") as file:
        if not is_mp4(file):
            raise InvalidUpload("This is not an MP4 file: it has no ftyp box at its start.")
