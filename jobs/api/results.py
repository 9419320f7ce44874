"""The response with a completed job's results: the stored array, unchanged."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Iterator
from itertools import islice
from typing import IO, Any

import ijson

from jobs.api.services import get_job
from jobs.composition import storage
from jobs.exceptions import ResultsNotAvailable, ResultsUnreadable, StoredFileMissing
from jobs.models import JobRecord, JobStatus

# Frames shown on the page: all results can be hundreds of megabytes.
EXCERPT_FRAMES = 3
BLOCK_BYTES = 256 * 1024

_NOT_COMPLETED = {
    JobStatus.PENDING: "This job is pending: the worker has not started it yet. Try again later.",
    JobStatus.RUNNING: "This job is running. Try again when its status is completed.",
    JobStatus.FAILED: "This job failed, so it has no results. Its status says why.",
}


class ResultsBody:
    """An iterable over the JSON of the response, `size` bytes in all; must be closed.

    Raises JobNotFound, ResultsUnreadable, or ResultsNotAvailable with the reason.
    """

    def __init__(self, job_id: str) -> None:
        job, self._stored = _open(job_id)
        self._head = json.dumps(_head(job))[:-1].encode() + b', "results": '
        stored = os.fstat(self._stored.fileno())
        self.size = len(self._head) + stored.st_size + 1
        self.etag = f'"{stored.st_mtime_ns:x}-{self.size:x}"'

    def __iter__(self) -> Iterator[bytes]:
        yield self._head
        while block := self._stored.read(BLOCK_BYTES):
            yield block
        yield b"}"

    def close(self) -> None:
        self._stored.close()


def results_excerpt(job_id: str) -> dict[str, Any]:
    """The response with the first frames only; raises the same errors as ResultsBody."""
    job, stored = _open(job_id)
    with stored:
        try:
            frames = list(islice(ijson.items(stored, "item", use_float=True), EXCERPT_FRAMES))
        except ijson.JSONError as error:
            raise ResultsUnreadable from error
    return {**_head(job), "results": frames}


def _head(job: JobRecord) -> dict[str, str]:
    times = {name: getattr(job, name).isoformat() for name in ("created_at", "updated_at")}
    return {"job_id": str(job.job_id)} | {
        name: time.replace("+00:00", "Z") for name, time in times.items()
    }


def _open(job_id: str) -> tuple[JobRecord, IO[bytes]]:
    """A completed job and its results file, which starts and ends like a JSON array."""
    job = get_job(job_id)
    if job.status != JobStatus.COMPLETED or job.output_path is None:
        raise ResultsNotAvailable(_NOT_COMPLETED[job.status])
    try:
        stored = storage().load_file(job.output_path).open("rb")
    except (StoredFileMissing, FileNotFoundError):
        raise ResultsNotAvailable(
            "This job is completed, but its results file has been removed from the data folder. "
            "Submit the video again."
        ) from None
    except OSError as error:
        raise ResultsUnreadable from error
    try:
        whole = _is_array(stored)
    except OSError as error:
        stored.close()
        raise ResultsUnreadable from error
    if not whole:
        stored.close()
        raise ResultsNotAvailable(
            "This job is completed, but its results file in the data folder has been damaged. "
            "Submit the video again."
        )
    return job, stored


def _is_array(file: IO[bytes]) -> bool:
    size = file.seek(0, io.SEEK_END)
    file.seek(max(0, size - 2))
    end = file.read().rstrip()[-1:]
    file.seek(0)
    start = file.read(1)
    file.seek(0)
    return size >= 2 and (start, end) == (b"[", b"]")
