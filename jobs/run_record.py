"""What a worker notes about a run beside its results: the row has no column for it.

It is for the job's page alone: a run without it is as good, and no job fails because of it.
"""

from __future__ import annotations

import json
import logging
from array import array
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self
from uuid import UUID

from jobs.exceptions import StoredFileMissing
from jobs.storage.base import StorageService
from jobs.storage.names import run_name, times_name
from pipeline.video.facts import VideoFacts

logger = logging.getLogger(__name__)

MAX_RECORD_BYTES = 16 * 1024


@dataclass(frozen=True, slots=True)
class RunRecord:
    """The last run of a job: aware UTC times; counts and the video of a run that was completed.

    unreadable: frames of the video that could not be decoded.
    """

    started_at: datetime
    finished_at: datetime
    frames: int | None = None
    detections: int | None = None
    unreadable: int | None = None
    video: VideoFacts | None = None

    def as_json(self) -> dict[str, Any]:
        times = {name: _iso(getattr(self, name)) for name in ("started_at", "finished_at")}
        return {**asdict(self), **times}

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Self:
        return cls(
            datetime.fromisoformat(value["started_at"]).astimezone(UTC),
            datetime.fromisoformat(value["finished_at"]).astimezone(UTC),
            frames=_count(value.get("frames")),
            detections=_count(value.get("detections")),
            unreadable=_count(value.get("unreadable")),
            video=VideoFacts.from_json(value["video"]) if value.get("video") else None,
        )


def save_run_record(storage: StorageService, part: Path, job_id: UUID, record: RunRecord) -> None:
    """Store the record; `part` is the file it is written to first. Logs what goes wrong."""
    try:
        part.write_text(json.dumps(record.as_json(), sort_keys=True) + "\n", encoding="utf-8")
        storage.save_file(part, run_name(job_id))
    except Exception:
        logger.warning("job %s: its run was not noted", job_id, exc_info=True)
        part.unlink(missing_ok=True)


def save_times(storage: StorageService, part: Path, job_id: UUID, times: array[float]) -> None:
    """Store when each frame is shown, in seconds; `part` is the file it is written to first.

    64-bit floats in the machine's byte order. Logs what goes wrong.
    """
    try:
        part.write_bytes(times.tobytes())
        storage.save_file(part, times_name(job_id))
    except Exception:
        logger.warning("job %s: the times of its frames were not stored", job_id, exc_info=True)
        part.unlink(missing_ok=True)


def load_times(path: Path) -> array[float]:
    """What `save_times` wrote; empty if it is missing or damaged."""
    times = array("d")
    try:
        times.frombytes(path.read_bytes())
    except (OSError, ValueError):
        return array("d")
    return times


def load_run_record(storage: StorageService, job_id: UUID) -> RunRecord | None:
    """The record; None if there is none that can be read."""
    try:
        with storage.load_file(run_name(job_id)).open("rb") as file:
            return RunRecord.from_json(json.loads(file.read(MAX_RECORD_BYTES)))
    except (StoredFileMissing, FileNotFoundError):
        return None
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        logger.warning("job %s: the record of its run cannot be read", job_id, exc_info=True)
        return None


def _count(value: Any) -> int | None:
    return None if value is None else int(value)


def _iso(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")
