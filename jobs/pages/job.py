"""The page of one job."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from jobs.api.services import get_job
from jobs.composition import storage, stored_size
from jobs.exceptions import JobsError
from jobs.models import JobRecord, JobStatus
from jobs.pages.composition import page_reader
from jobs.pages.frames.facts import ShownVideo
from jobs.pages.frames.service import PageReader
from jobs.pages.job_findings import Findings
from jobs.pages.page import Page, whole_number, worker_state
from jobs.run_record import RunRecord, load_run_record

MAX_FRAME = 10**9
NAMES = {JobStatus.COMPLETED: "Completed", JobStatus.FAILED: "Failed"}


class JobDetailPage(Page):
    """One job's life and what was found in its video; `frame` is the frame to show large."""

    template_name = "jobs/job.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        job = get_job(kwargs["job_id"])
        record = load_run_record(storage(), job.job_id) if job.status.is_final else None
        reader = page_reader()
        video, no_facts = _video(reader, job)
        context: dict[str, Any] = {
            "title": f"Job {job.job_id}",
            "job": job,
            "life": life(job, record, datetime.now(UTC)),
            "record": record,
            "active": not job.status.is_final,
            "video": video,
            "frames": _frames(record, video),
            "no_facts": no_facts,
            "size": stored_size(job.input_path),
            "worker": worker_state(None),
        }
        if job.status is JobStatus.COMPLETED:
            asked = whole_number(self.request.GET.get("frame", ""), MAX_FRAME)
            findings = Findings.of_job(reader, job, video, asked)
            name = "no_findings" if isinstance(findings, JobsError) else "findings"
            context[name] = findings
        return super().get_context_data(**context, **kwargs)


def _video(reader: PageReader, job: JobRecord) -> tuple[ShownVideo | None, JobsError | None]:
    """The job's video, or why nothing is known of it."""
    try:
        return reader.facts(job), None
    except JobsError as error:
        return None, error


def _frames(record: RunRecord | None, video: ShownVideo | None) -> int | None:
    """Those that were read, else those that the video declares."""
    if record is not None and record.frames is not None:
        return record.frames
    return video.facts.frames if video else None


@dataclass(frozen=True, slots=True)
class Step:
    """Something that happened; `took` is the time from it to the next one, or until now.

    `doing` says what that time was spent with.
    """

    name: str
    at: datetime
    doing: str = ""
    took: timedelta | None = None
    goes_on: bool = False


def life(job: JobRecord, record: RunRecord | None, now: datetime) -> list[Step]:
    """In order. Without the worker's record the start of a job that has ended is not known."""
    submitted, changed = job.created_at, job.updated_at
    if job.status is JobStatus.PENDING:
        return [Step("Submitted", submitted, "waiting", _between(submitted, now), True)]
    if job.status is JobStatus.RUNNING:  # the row changed when the worker took the job
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
