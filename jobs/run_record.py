"""The record of a run, stored beside the results because the table has no columns for it.

Only the job's page uses it; errors while writing it do not fail the job.
"""

from __future__ import annotations

import json
import logging
from array import array
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self
from uuid import UUID

from jobs.exceptions import StoredFileMissing
from jobs.storage.base import StorageService
from jobs.storage.names import digest_name, run_name, times_name
from pipeline.results import RunSummary, unreadable_frames
from pipeline.video.facts import VideoFacts

logger = logging.getLogger(__name__)

MAX_RECORD_BYTES = 16 * 1024
TIMES = "started_at", "finished_at"
COUNTS = "frames", "detections", "unreadable"


@dataclass(frozen=True, slots=True)
class RunRecord:
    """The last run of a job. Times are aware UTC; counts and video only if it was completed.

    unreadable: number of frames that could not be decoded.
    """

    started_at: datetime
    finished_at: datetime
    frames: int | None = None
    detections: int | None = None
    unreadable: int | None = None
    video: VideoFacts | None = None

    def as_json(self) -> dict[str, Any]:
        times = {name: getattr(self, name).isoformat() for name in TIMES}
        return asdict(self) | {name: time.replace("+00:00", "Z") for name, time in times.items()}

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Self:
        fields: dict[str, Any] = {
            name: datetime.fromisoformat(value[name]).astimezone(UTC) for name in TIMES
        }
        fields |= {name: int(value[name]) for name in COUNTS if value.get(name) is not None}
        if value.get("video"):
            fields["video"] = VideoFacts.from_json(value["video"])
        return cls(**fields)


def record_run(
    storage: StorageService,
    part: Path,
    job_id: UUID,
    started_at: datetime,
    summary: RunSummary | None,
) -> None:
    """Store the record of a run that ends now and, with a summary, its frame times and digest.

    Files are written to `part` first. Errors are logged.
    """
    record = RunRecord(started_at, datetime.now(UTC))
    if summary is not None:
        save_times(storage, part, job_id, summary.times)
        if summary.digest is not None:
            complaint = f"job {job_id}: the digest for its page was not stored"
            _save(storage, part, digest_name(job_id), summary.digest, complaint)
        found = {name: getattr(summary, name) for name in (*COUNTS, "video")}
        record = replace(record, **found)
        if summary.unreadable:
            logger.warning("job %s: %s", job_id, unreadable_frames(summary.unreadable))
    content = json.dumps(record.as_json(), sort_keys=True) + "\n"
    _save(storage, part, run_name(job_id), content.encode(), f"job {job_id}: its run was not noted")


def save_times(storage: StorageService, part: Path, job_id: UUID, times: array[float]) -> None:
    """Store the presentation times of the frames (s) as native 64-bit floats."""
    complaint = f"job {job_id}: the times of its frames were not stored"
    _save(storage, part, times_name(job_id), times.tobytes(), complaint)


def _save(storage: StorageService, part: Path, name: str, content: bytes, complaint: str) -> None:
    try:
        part.write_bytes(content)
        storage.save_file(part, name)
    except Exception:
        logger.warning(complaint, exc_info=True)
        part.unlink(missing_ok=True)


def load_times(path: Path) -> array[float]:
    """Load the times that `save_times` stored; empty if missing or damaged."""
    times = array("d")
    try:
        times.frombytes(path.read_bytes())
    except (OSError, ValueError):
        return array("d")
    return times


def load_run_record(storage: StorageService, job_id: UUID) -> RunRecord | None:
    """Load the record; None if it is missing or damaged."""
    try:
        with storage.load_file(run_name(job_id)).open("rb") as file:
            return RunRecord.from_json(json.loads(file.read(MAX_RECORD_BYTES)))
    except (StoredFileMissing, FileNotFoundError):
        return None
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        logger.warning("job %s: the record of its run cannot be read", job_id, exc_info=True)
        return None
