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


def run_name(job_id: UUID) -> str:
    """The record of the job's last run."""
    return f"video_jobs/{job_id}_run.json"


def names_of(job_id: UUID) -> tuple[str, ...]:
    """All files of a job; the video is the last, since the others can be made from it."""
    return results_name(job_id), run_name(job_id), video_name(job_id)
