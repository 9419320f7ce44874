"""The exceptions of `jobs`. A class's docstring is its default message.

Messages are shown to API clients: they say what to do and contain no paths of the server.
"""

from __future__ import annotations


class JobsError(Exception):
    """The job could not be handled."""

    http_status = 500

    def __init__(self, message: str = "") -> None:
        super().__init__(message or " ".join((type(self).__doc__ or "").split()))

    def __str__(self) -> str:
        return str(self.args[0])


class InvalidUpload(JobsError):
    """The upload is not an MP4 file."""

    http_status = 400


class CrossSiteSubmission(JobsError):
    """This request came from another site's page. Submit from this server's pages or a program."""

    http_status = 403


class UploadTooLarge(JobsError):
    """The upload is larger than this server accepts."""

    http_status = 413


class JobNotFound(JobsError):
    """There is no job with this ID."""

    http_status = 404


class ResultsNotAvailable(JobsError):
    """This job has no results."""

    http_status = 404


class WrongTransition(JobsError):
    """The job is not in the status that this step starts from; nothing was changed."""


class StoredFileMissing(JobsError):
    """The stored file no longer exists."""

    http_status = 404


class StorageFull(JobsError):
    """The disk is full. Free some space in the data folder and try again."""

    http_status = 507


class StoreUnavailable(JobsError):
    """The job store is not responding. Try again in a few seconds."""

    http_status = 503


class DataFolderUnusable(StoreUnavailable):
    """The data folder cannot be written. Make it writable and try again."""


class StoreClosed(StoreUnavailable):
    """The job store has been closed in this process."""


class SchemaMismatch(StoreUnavailable):
    """The job database has an older schema. Upgrade it with: python manage.py migrate"""


class ResultsUnreadable(StoreUnavailable):
    """The results file of this job cannot be read at the moment. The server's log says why."""


class DatabaseUnusable(StoreUnavailable):
    """The job database cannot be opened. The server's log says why."""


class DatabaseDamaged(DatabaseUnusable):
    """The job database is damaged or not a DuckDB database; it was not changed. Stop ForgeSyte,
    then restore foregsyte.duckdb and its .wal from a backup, or move both away to start with an
    empty one. The server's log says what is wrong."""


class DatabaseGone(DatabaseUnusable):
    """The job database was removed or replaced while it was in use. Stop `serve` and
    `run_worker`, put it back and start them again."""


class DatabaseInvalidated(StoreUnavailable):
    """DuckDB closed the job database after an error; the next call opens it again."""


class DatabaseLocked(DatabaseUnusable):
    """Another program has the job database open. Close it and try again."""


class AlreadyRunning(JobsError):
    """This part of ForgeSyte is already running on this data folder."""
