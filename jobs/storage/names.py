"""The names under which a job's files are stored."""

from __future__ import annotations

from uuid import UUID

VIDEOS = "video_jobs/*.mp4"


def video_name(job_id: UUID) -> str:
    """The submitted video."""
    return f"video_jobs/{job_id}.mp4"


def results_name(job_id: UUID) -> str:
    """The results array."""
    return f"video_jobs/{job_id}_results.json"


def times_name(job_id: UUID) -> str:
    """When each frame is shown."""
    return f"video_jobs/{job_id}_times.bin"


def run_name(job_id: UUID) -> str:
    """The record of the job's last run."""
    return f"video_jobs/{job_id}_run.json"


def names_of(job_id: UUID) -> tuple[str, ...]:
    """All files of a job; the video is the last, since the others can be made from it."""
    names = results_name, times_name, run_name, video_name
    return tuple(name(job_id) for name in names)
