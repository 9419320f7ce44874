"""One page of the list of jobs, newest first, with the numbers beside it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, literal_column, select, true
from sqlalchemy.orm import Session

from jobs.models import Job, JobRecord, JobStatus

MAX_PAGE_SIZE = 200
# Pages that begin later than this are looked for by their time.
FAR = 5000
# Of the jobs: for what a share cannot say exactly.
MARGIN = 1e-6
_UUID_DIGITS = 32
_PREFIX = re.compile(rf"[0-9a-f]{{0,{_UUID_DIGITS}}}")


@dataclass(frozen=True, slots=True)
class JobQuery:
    """Which jobs are asked for.

    `id_prefix` holds the first hexadecimal digits of a job id, in small letters without
    hyphens; `number` counts pages of `size` jobs from 1. Raises ValueError for anything else.
    """

    status: JobStatus | None = None
    id_prefix: str = ""
    number: int = 1
    size: int = 50

    def __post_init__(self) -> None:
        if not _PREFIX.fullmatch(self.id_prefix):
            raise ValueError("A job id begins with hexadecimal digits.")
        if self.number < 1 or not 1 <= self.size <= MAX_PAGE_SIZE:
            raise ValueError(f"Pages count from 1 and hold 1 to {MAX_PAGE_SIZE} jobs.")


@dataclass(frozen=True, slots=True)
class JobPage:
    """A page as it was at one moment.

    `number` is the last page if one beyond it was asked for. `matching` counts the jobs whose
    id fits, whatever their status, and `all` all jobs there are, both by status.
    """

    jobs: list[JobRecord]
    number: int
    matching: dict[JobStatus, int]
    all: dict[JobStatus, int]
    running: JobRecord | None


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
        select(*Job.__table__.columns)
        .where(*conditions)
        .order_by(Job.created_at.desc(), Job.job_id.desc())
        .limit(query.size)
        .offset(offset)
    )


def _shortcut(
    session: Session, conditions: list[ColumnElement[bool]], share: float
) -> tuple[datetime, int]:
    """A time that about the `share` of the jobs is newer than, and how many are.

    To sort a million jobs down to a page in their middle takes DuckDB up to a second, to find
    this time and to sort what is near it a tenth of that.
    """
    at = max(0.0, share - MARGIN)
    # A constant of the statement: DuckDB takes no parameter here.
    quantile = func.quantile_disc(Job.created_at, literal_column(f"{1 - at:.9f}"))
    bound = session.execute(select(quantile).where(*conditions)).scalar_one()
    newer = select(func.count()).where(*conditions, Job.created_at > bound)
    return bound, session.execute(newer).scalar_one()


def last_page(number_of_jobs: int, size: int) -> int:
    """The number of the last page; an empty list has one page."""
    return max(1, -(-number_of_jobs // size))


def _begins_with(id_prefix: str) -> ColumnElement[bool]:
    """A range of the primary key: DuckDB orders UUIDs as their digits."""
    if not id_prefix:
        return true()
    least = UUID(hex=id_prefix.ljust(_UUID_DIGITS, "0"))
    greatest = UUID(hex=id_prefix.ljust(_UUID_DIGITS, "f"))
    return Job.job_id.between(least, greatest)
