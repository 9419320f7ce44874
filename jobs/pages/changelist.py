"""The list of jobs, in the style of Django's admin."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import QueryDict

from jobs.composition import job_store, storage, stored_size
from jobs.models import JobPage, JobQuery, JobRecord, JobStatus
from jobs.pages.names import jobs_by_name
from jobs.pages.page import Page, whole_number, worker_state
from jobs.pages.stored import digest_file
from jobs.run_record import load_run_record
from jobs.upload_record import load_upload_name

PAGE_SIZE = 50
ACTIVE = (JobStatus.PENDING, JobStatus.RUNNING)
_JOB_ID_START = re.compile(r"[0-9a-f]{1,32}")
_BEYOND_EVERY_LIST = 10**12


class JobListPage(Page):
    """Query parameters: `status` filters, `p` is the page, `q` searches.

    A search finds job IDs by their beginning or, if there are none, jobs by their file names.
    """

    template_name = "jobs/list.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        params = self.request.GET
        status, search = _status(params), params.get("q", "").strip()
        prefix = _id_prefix(search)
        number = whole_number(params.get("p", ""), _BEYOND_EVERY_LIST) or 1
        query = JobQuery(status, prefix or "", number, PAGE_SIZE)
        page = job_store().list_jobs(query)
        if search and not (prefix and sum(page.matching.values())):
            page = jobs_by_name(search, query, page)
        listed = sum(n for kind, n in page.matching.items() if status in (None, kind))
        pages = Paginator(range(listed), PAGE_SIZE)
        return super().get_context_data(
            title="Jobs",
            now=datetime.now(UTC),
            page=page,
            rows=map(_row, page.jobs),
            listed=listed,
            total=sum(page.all.values()),
            active=any(page.all[kind] for kind in ACTIVE),
            status=status,
            choices=_choices(page, status, search),
            unknown_status=params.get("status", "") if status is None else "",
            search=search,
            running_name=load_upload_name(storage(), page.running.job_id) if page.running else "",
            numbers=[*pages.get_elided_page_range(page.number, on_each_side=2, on_ends=1)],
            worker=worker_state(page.running),
            **kwargs,
        )


@dataclass(frozen=True, slots=True)
class Row:
    """A job of the list. waited, ran: None without a run record."""

    job: JobRecord
    name: str
    size: int | None
    length: timedelta | None = None
    waited: timedelta | None = None
    ran: timedelta | None = None
    has_cover: bool = False


def _row(job: JobRecord) -> Row:
    name, size = load_upload_name(storage(), job.job_id), stored_size(job.input_path)
    record = load_run_record(storage(), job.job_id) if job.status.is_final else None
    if record is None:
        return Row(job, name, size)
    return Row(
        job,
        name,
        size,
        timedelta(seconds=record.video.duration_s) if record.video else None,
        max(record.started_at - job.created_at, timedelta(0)),
        record.finished_at - record.started_at,
        job.status is JobStatus.COMPLETED and digest_file(job.job_id) is not None,
    )


@dataclass(frozen=True, slots=True)
class Choice:
    """An entry of the filter."""

    name: str
    number: int
    link: str
    selected: bool


def _choices(page: JobPage, chosen: JobStatus | None, search: str) -> list[Choice]:
    """The filter: all jobs, then each status, with counts. Links keep the search."""
    found: list[tuple[JobStatus | None, int]] = [(None, sum(page.matching.values()))]
    found += page.matching.items()
    return [
        Choice(
            "All" if kind is None else kind.capitalize(),
            number,
            "?" + urlencode({k: v for k, v in (("status", kind), ("q", search)) if v}),
            kind is chosen,
        )
        for kind, number in found
    ]


def _status(params: QueryDict) -> JobStatus | None:
    """The status to filter by; None for all."""
    try:
        return JobStatus(params.get("status", ""))
    except ValueError:
        return None


def _id_prefix(search: str) -> str | None:
    """The search as the first digits of a job ID; None if no job ID can start with it."""
    digits = search.lower().replace("-", "")
    return digits if not search or _JOB_ID_START.fullmatch(digits) else None
