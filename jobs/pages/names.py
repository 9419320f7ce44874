"""Searches the newest jobs by their file names."""

from __future__ import annotations

from functools import lru_cache
from uuid import UUID

from jobs.composition import job_store, storage
from jobs.models import JobPage, JobQuery, JobStatus
from jobs.upload_record import load_upload_name

# As many rows as a statement returns. Each name is in its own file and is read once per process.
NEWEST = 10_000
# IDs as text: DuckDB's binding takes 0.25 s to convert so many UUIDs.
NEWEST_FIRST = (
    "SELECT CAST(job_id AS VARCHAR), status FROM jobs "  # noqa: S608  # nosec B608
    f"ORDER BY created_at DESC, job_id DESC LIMIT {NEWEST}"
)


def jobs_by_name(words: str, query: JobQuery, everything: JobPage) -> JobPage:
    """A page of the jobs whose file names contain the words, ignoring case.

    everything: any page of the list, for its counts and the running job.
    """
    wanted = words.casefold()
    newest = job_store().select(NEWEST_FIRST).rows
    found = [(job_id, status) for job_id, status in newest if wanted in _name(job_id)]
    matching = {kind: sum(status == kind for _, status in found) for kind in JobStatus}
    listed = [job_id for job_id, status in found if query.status in (None, status)]
    number = min(query.number, max(1, -(-len(listed) // query.size)))
    shown = listed[(number - 1) * query.size : number * query.size]
    jobs = [job_store().get(UUID(job_id)) for job_id in shown]
    return JobPage(jobs, number, matching, everything.all, everything.running)


@lru_cache(maxsize=2 * NEWEST)
def _name(job_id: str) -> str:
    return load_upload_name(storage(), UUID(job_id)).casefold()
