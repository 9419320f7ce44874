"""One page of the list of jobs, newest first, and the counts."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, literal_column, select, true
from sqlalchemy.orm import Session

from jobs.models import Job, JobPage, JobQuery, JobStatus
from jobs.repository import COLUMNS, SqlAlchemyJobRepository, record_of

# Pages that start later than this are found by time.
FAR = 5000
# A share of the jobs, for rounding.
MARGIN = 1e-6


def read_page(rows: SqlAlchemyJobRepository, query: JobQuery) -> JobPage:
    """The page and its counts; the last page if there is no such page."""
    everything = count_by_status(rows.session)
    matching = count_by_status(rows.session, query.id_prefix) if query.id_prefix else everything
    total = sum(n for status, n in matching.items() if query.status in (None, status))
    last = max(1, -(-total // query.size))  # an empty list has one page
    number = min(query.number, last)
    found = rows.session.execute(page_of(rows.session, query, number, total))
    jobs = [record_of(row) for row in found]
    running = next(iter(rows.with_status(JobStatus.RUNNING)), None)
    return JobPage(jobs, number, matching, everything, running)


def count_by_status(session: Session, id_prefix: str = "") -> dict[JobStatus, int]:
    """How many jobs there are in each of the four statuses."""
    query = (
        select(Job.status, func.count().label("number"))
        .where(_begins_with(id_prefix))
        .group_by(Job.status)
    )
    found = {row.status: row.number for row in session.execute(query)}
    return {status: found.get(status, 0) for status in JobStatus}


def page_of(session: Session, query: JobQuery, number: int, total: int) -> Select[Any]:
    """The statement for the rows of page `number` of `total` jobs."""
    conditions = [_begins_with(query.id_prefix)]
    if query.status is not None:
        conditions.append(Job.status == query.status)
    offset = (number - 1) * query.size
    if offset > FAR:
        bound, newer = _shortcut(session, conditions, offset / total)
        if newer <= offset:
            conditions.append(Job.created_at <= bound)
            offset -= newer
    return (
        select(*COLUMNS)
        .where(*conditions)
        .order_by(Job.created_at.desc(), Job.job_id.desc())
        .limit(query.size)
        .offset(offset)
    )


def _shortcut(
    session: Session, conditions: list[ColumnElement[bool]], share: float
) -> tuple[datetime, int]:
    """A time such that about `share` of the jobs are newer, and how many are.

    Sorting a million jobs down to a page in the middle takes DuckDB up to a second; finding this
    time and sorting near it takes a tenth of that.
    """
    at = max(0.0, share - MARGIN)
    # A literal: DuckDB takes no parameter here.
    quantile = func.quantile_disc(Job.created_at, literal_column(f"{1 - at:.9f}"))
    bound = session.execute(select(quantile).where(*conditions)).scalar_one()
    newer = select(func.count()).where(*conditions, Job.created_at > bound)
    return bound, session.execute(newer).scalar_one()


def _begins_with(id_prefix: str) -> ColumnElement[bool]:
    """A range of the primary key: DuckDB orders UUIDs as their digits."""
    if not id_prefix:
        return true()
    least = UUID(hex=id_prefix.ljust(32, "0"))
    greatest = UUID(hex=id_prefix.ljust(32, "f"))
    return Job.job_id.between(least, greatest)
