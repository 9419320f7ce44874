"""Submissions that got no answer: what a server's death leaves of them is removed by the next.

A video is stored before its row is committed. While that goes on, a mark in the temporary folder
names the job, so that a video without a row can be told from those of jobs without looking
through them all.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from uuid import UUID

from jobs.composition import job_store, storage, temp_folder
from jobs.disk import disk_errors
from jobs.exceptions import JobNotFound, JobsError
from jobs.storage.names import video_name

logger = logging.getLogger(__name__)

MARK_PREFIX = "submit-"


@contextmanager
def unanswered(job_id: UUID) -> Iterator[None]:
    """Mark a submission until its client can be answered, or until nothing is left of it."""
    mark = temp_folder() / f"{MARK_PREFIX}{job_id}"
    with disk_errors():
        mark.touch()
    try:
        yield
    finally:
        with suppress(OSError):
            mark.unlink()


def marks() -> list[Path]:
    """The submissions that an earlier server has not answered; asked before any of this one's."""
    return list(temp_folder().glob(f"{MARK_PREFIX}*"))


def remove_later(left: list[Path], wait_s: float) -> None:
    """Remove them in `wait_s` seconds.

    A dead server's call may be on its way to the owner for as long as a call may wait.
    """
    if left:
        timer = threading.Timer(wait_s, remove, (left,))
        timer.daemon = True
        timer.start()


def remove(left: list[Path]) -> None:
    """Remove the videos of marked submissions that never became a job."""
    for mark in left:
        try:
            job_id = UUID(mark.name.removeprefix(MARK_PREFIX))
            try:
                job_store().get(job_id)
            except JobNotFound:
                if storage().delete_file(video_name(job_id)):
                    logger.warning("job %s: was never answered; its video is removed", job_id)
            mark.unlink(missing_ok=True)
        except (ValueError, OSError, JobsError) as error:
            logger.warning("%s is left for the next start. %s", mark.name, error)
