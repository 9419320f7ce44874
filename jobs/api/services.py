"""The services of the API: submit a video, get a job, get its status.

A video is stored before its row is committed. Meanwhile a marker file in the temporary folder names
the job. If the submission fails or its process dies, the marker stays until the store can tell
whether there is a row, because a call that timed out may still take effect. With a row, the video
stays and the job runs; without one, the video is removed.
"""

from __future__ import annotations

import logging
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from django.conf import settings

from jobs.composition import job_store, storage, temp_folder
from jobs.exceptions import InvalidUpload, JobNotFound, JobsError, StoreClosed
from jobs.models import JobRecord, JobStatus
from jobs.storage.local import disk_errors
from jobs.storage.names import upload_name, video_name
from jobs.upload_record import save_upload_name
from pipeline.definitions import known_pipelines
from pipeline.video.structure import is_mp4

logger = logging.getLogger(__name__)

PROGRESS = dict(zip(JobStatus, (0.0, 0.5, 1.0, 1.0), strict=True))
MARKER_PREFIX = "submit-"
# How long an error response waits for the store to tell whether there is a row.
ANSWER_S = 0.5
RETRY_S = 2.0


def submit_video(upload: Path, pipeline_id: str, name: str = "") -> uuid.UUID:
    """Store an uploaded video, whose file was called `name`, and queue a job for it.

    Moves the file `upload`. Raises InvalidUpload, StorageFull or StoreUnavailable; then neither
    file nor job is left, or both if the store committed the job after the deadline.
    """
    known = known_pipelines(settings.PIPELINE.definitions_dir)
    if pipeline_id not in known:
        raise InvalidUpload(
            f"There is no pipeline {pipeline_id[:64]!r}. Known pipelines: {', '.join(known)}."
        )
    with upload.open("rb") as file:
        if not is_mp4(file):
            raise InvalidUpload("This is not an MP4 file: it does not start with an ftyp box.")
    job_id = uuid.uuid4()
    with submission_marker(job_id):
        input_path = storage().save_file(upload, video_name(job_id))
        save_upload_name(storage(), upload.with_suffix(".name.part"), job_id, name)
        job_store().submit(job_id, pipeline_id, input_path)
    logger.info("job %s: submitted for %s", job_id, pipeline_id)
    return job_id


def get_job(job_id: str) -> JobRecord:
    """Raises JobNotFound, also if `job_id` is not a UUID."""
    try:
        parsed = uuid.UUID(job_id)
    except ValueError:
        raise JobNotFound(f"{job_id[:64]!r} is not a job ID: job IDs are UUIDs.") from None
    return job_store().get(parsed)


def get_status(job_id: str) -> dict[str, Any]:
    """The fields of StatusSerializer; `error_message` only for failed jobs."""
    job = get_job(job_id)
    status = {
        "job_id": job.job_id,
        "status": job.status,
        "progress": PROGRESS[job.status],
        "created_at": job.created_at,
        "updated_at": job.updated_at,
    }
    return status | {"error_message": job.error_message} if job.status == "failed" else status


@contextmanager
def submission_marker(job_id: uuid.UUID) -> Iterator[None]:
    """Keep a marker file until the submission has succeeded or is reconciled."""
    marker = temp_folder() / f"{MARKER_PREFIX}{job_id}"
    with disk_errors():
        marker.touch()
    try:
        yield
    except Exception:
        with job_store().within(ANSWER_S):
            undecided = reconcile([marker])
        reconcile_later(undecided, RETRY_S)
        raise
    with suppress(OSError):
        marker.unlink()


def leftover_markers() -> list[Path]:
    """The markers left by an earlier server; call this before the first submission."""
    found = temp_folder().glob(f"{MARKER_PREFIX}*")
    return [path for path in found if _job_id(path) and path.is_file() and not path.is_symlink()]


def reconcile_later(markers: list[Path], wait_s: float) -> None:
    """Reconcile in `wait_s` seconds, and retry until the store responds.

    A dead server's call may still reach the owner until its deadline.
    """
    if markers:
        timer = threading.Timer(wait_s, lambda: reconcile_later(reconcile(markers), RETRY_S))
        timer.daemon = True
        timer.start()


def reconcile(markers: list[Path]) -> list[Path]:
    """Remove videos without a row; returns the markers of those still undecided."""
    undecided = []
    for marker in markers:
        job_id = _job_id(marker)
        try:
            orphan = job_id if job_id and not job_store().exists(job_id) else None
            if orphan:
                storage().delete_file(upload_name(orphan))
            if orphan and storage().delete_file(video_name(orphan)):
                logger.warning("job %s: was never answered; its video is removed", orphan)
            marker.unlink(missing_ok=True)
        except StoreClosed:
            logger.warning("%s is left for the next start.", marker.name)
        except (OSError, JobsError) as error:
            logger.warning("%s is still to be decided. %s", marker.name, error)
            undecided.append(marker)
    return undecided


def _job_id(marker: Path) -> uuid.UUID | None:
    try:
        return uuid.UUID(marker.name.removeprefix(MARKER_PREFIX))
    except ValueError:
        return None
