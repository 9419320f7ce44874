"""Submissions that were not answered with 202: what is left of them is decided by the store.

A video is stored before its row is committed. While that goes on, a mark in the temporary folder
names the job. If the submission fails, or its process dies, the mark stays until the store has
said whether there is a row: a call that got no answer in time may take effect all the same. With
a row the video stays and the job is run; without one the video is removed.
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
from jobs.exceptions import JobsError, StoreClosed
from jobs.storage.names import video_name

logger = logging.getLogger(__name__)

MARK_PREFIX = "submit-"
# How long a client that gets an error waits for the store to say that nothing is left.
ANSWER_S = 0.5
RETRY_S = 2.0


@contextmanager
def unanswered(job_id: UUID) -> Iterator[None]:
    """Mark a submission until it has succeeded, or until it is decided what is left of it."""
    mark = temp_folder() / f"{MARK_PREFIX}{job_id}"
    with disk_errors():
        mark.touch()
    try:
        yield
    except Exception:
        with job_store().within(ANSWER_S):
            left = remove([mark])
        remove_later(left, RETRY_S)
        raise
    with suppress(OSError):
        mark.unlink()


def marks() -> list[Path]:
    """The submissions that an earlier server has not answered; asked before any of this one's."""
    return [mark for mark in temp_folder().glob(f"{MARK_PREFIX}*") if _job_id(mark) is not None]


def remove_later(left: list[Path], wait_s: float) -> None:
    """Decide about them in `wait_s` seconds, and again until the store can say.

    A dead server's call may be on its way to the owner for as long as a call may wait.
    """
    if left:
        timer = threading.Timer(wait_s, lambda: remove_later(remove(left), RETRY_S))
        timer.daemon = True
        timer.start()


def remove(left: list[Path]) -> list[Path]:
    """Remove the videos of marked submissions that have no row; the marks still undecided."""
    undecided = []
    for mark in left:
        job_id = _job_id(mark)
        try:
            lost = job_id if job_id and not job_store().exists(job_id) else None
            if lost and storage().delete_file(video_name(lost)):
                logger.warning("job %s: was never answered; its video is removed", lost)
            mark.unlink(missing_ok=True)
        except StoreClosed:
            logger.warning("%s is left for the next start.", mark.name)
        except (OSError, JobsError) as error:
            logger.warning("%s is still to be decided. %s", mark.name, error)
            undecided.append(mark)
    return undecided


def _job_id(mark: Path) -> UUID | None:
    try:
        return UUID(mark.name.removeprefix(MARK_PREFIX))
    except ValueError:
        return None
