"""The page of one job."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from jobs.api.services import get_job
from jobs.composition import storage, stored_size
from jobs.exceptions import ResultsNotAvailable
from jobs.models import JobRecord, JobStatus
from jobs.pages.findings import findings_of
from jobs.pages.page import Page, worker_state
from jobs.pages.stored import frame_times
from jobs.run_record import RunRecord, load_run_record
from jobs.upload_record import load_upload_name

NAMES = {JobStatus.COMPLETED: "Completed", JobStatus.FAILED: "Failed"}
FORMATS = {
    "h264": "H.264",
    "hevc": "H.265",
    "vp9": "VP9",
    "av1": "AV1",
    "mpeg4": "MPEG-4",
    "mpeg2video": "MPEG-2",
    "mjpeg": "Motion JPEG",
    "prores": "ProRes",
}


class JobDetailPage(Page):
    """A job's life and the results of its video.

    The query parameter `lines=all` shows all lines of text, however many there are.
    """

    template_name = "jobs/job.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        job = get_job(kwargs["job_id"])
        name = load_upload_name(storage(), job.job_id)
        record = load_run_record(storage(), job.job_id) if job.status.is_final else None
        context: dict[str, Any] = {
            "title": name or f"Job {job.job_id}",
            "name": name,
            "job": job,
            "life": life(job, record, datetime.now(UTC)),
            "record": record,
            "active": not job.status.is_final,
            "size": stored_size(job.input_path),
            "worker": worker_state(None),
        }
        if record is not None and record.video is not None:
            facts = record.video
            context["video"] = facts
            context["shown_size"] = facts.shown_size_of(0)
            context["length"] = timedelta(seconds=facts.duration_s)
            context["fps"] = facts.frames / facts.duration_s if facts.duration_s > 0 else None
            context["format"] = FORMATS.get(facts.codec, facts.codec)
        if job.status is JobStatus.COMPLETED:
            try:
                times = frame_times(job.job_id, record)
                all_rows = self.request.GET.get("lines") == "all"
                context["findings"] = findings_of(job, record, times, all_rows=all_rows)
            except ResultsNotAvailable as error:
                context["no_findings"] = error
        return super().get_context_data(**context, **kwargs)


@dataclass(frozen=True, slots=True)
class Step:
    """An event. took: time until the next one, or until now. doing: what happened meanwhile."""

    name: str
    at: datetime
    doing: str = ""
    took: timedelta | None = None
    goes_on: bool = False


def life(job: JobRecord, record: RunRecord | None, now: datetime) -> list[Step]:
    """The events of a job, in order. A finished job without a run record has no start."""
    submitted, changed = job.created_at, job.updated_at
    if job.status is JobStatus.PENDING:
        return [Step("Submitted", submitted, "waiting", _between(submitted, now), True)]
    if job.status is JobStatus.RUNNING:  # the row changed when the worker claimed the job
        return [
            Step("Submitted", submitted, "waited", _between(submitted, changed)),
            Step("Started", changed, "running", _between(changed, now), True),
        ]
    if record is None or not submitted <= record.started_at <= changed:
        return [
            Step("Submitted", submitted, "took", _between(submitted, changed)),
            Step(NAMES[job.status], changed),
        ]
    started, ended = record.started_at, min(record.finished_at, changed)
    return [
        Step("Submitted", submitted, "waited", _between(submitted, started)),
        Step("Started", started, "ran", _between(started, ended)),
        Step(NAMES[job.status], ended),
    ]


def _between(before: datetime, after: datetime) -> timedelta:
    return max(after - before, timedelta(0))
