"""Submissions that come at the same time are committed together: one transaction, one fsync."""

from __future__ import annotations

import threading
from dataclasses import dataclass

from jobs.models import JobRecord, NewJob
from jobs.store.resident import ResidentDatabase


@dataclass(eq=False, slots=True)
class _Submission:
    new: NewJob
    job: JobRecord | None = None


class GroupedSubmissions:
    """Whoever may write next commits what all others have brought meanwhile along with its own.

    It saves statements beside fsyncs: DuckDB takes about as long for four rows as for one.
    """

    def __init__(self, database: ResidentDatabase) -> None:
        self._database = database
        self._waiting: list[_Submission] = []
        self._listing = threading.Lock()

    def submit(self, new: NewJob) -> JobRecord:
        """The job, once it is committed."""
        mine = _Submission(new)
        with self._listing:
            self._waiting.append(mine)
        try:
            with self._database.writing:
                return mine.job or self._commit(mine)
        finally:
            with self._listing:
                self._waiting.remove(mine)

    def _commit(self, mine: _Submission) -> JobRecord:
        """Raises what keeps the group from being committed; the others then try by themselves."""
        with self._listing:
            group = [submission for submission in self._waiting if submission.job is None]
        with self._database.writes() as rows:
            jobs = rows.add(*(submission.new for submission in group))
        for submission, job in zip(group, jobs, strict=True):
            submission.job = job
        return jobs[group.index(mine)]
