"""How a submission can end; `exit_code` is what the command exits with."""

from __future__ import annotations


class SubmissionError(Exception):
    """The video could not be submitted."""

    exit_code = 2

    def __init__(self, message: str = "") -> None:
        super().__init__(message or (type(self).__doc__ or "").strip())


class JobFailed(SubmissionError):
    """The job failed, or is gone."""

    exit_code = 1


class Refused(SubmissionError):
    """The command is wrong, or the server refuses the video."""


class Unavailable(SubmissionError):
    """The server cannot be reached, or cannot do it now."""

    exit_code = 3
