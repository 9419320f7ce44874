"""The stored files of a job that the pages read."""

from __future__ import annotations

import json
from array import array
from collections.abc import Callable
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from uuid import UUID

from jobs.composition import storage
from jobs.exceptions import ResultsNotAvailable, StoredFileMissing
from jobs.models import JobRecord
from jobs.run_record import RunRecord, load_times
from jobs.storage.names import digest_name, times_name
from pipeline.digest.builder import Digester
from pipeline.digest.file import Digest, Index, load_digest, load_index
from pipeline.transcript import with_end

# Results without a digest are parsed for each request, up to this size.
MAX_PARSED_BYTES = 16 * 1024**2
# A frame of 4,000 detections has about 400 KB.
MAX_LINE_BYTES = 2 * 1024**2


def digest_and_index(job: JobRecord, times: array[float]) -> tuple[Digest, Index]:
    """The worker's digest of a completed job, or one made from its results.

    times: of its frames and of its end, if known. Raises ResultsNotAvailable.
    """
    results = results_file(job)
    kept = digest_file(job.job_id)
    if kept is not None:
        digest, index = load_digest(kept), load_index(kept)
        if digest is not None and index is not None:
            return digest, index
    found = results.stat()
    if found.st_size > MAX_PARSED_BYTES:
        raise ResultsNotAvailable(
            "These results have no summary and are too large to show here. To print their text, "
            f"run: python manage.py transcript {job.job_id}"
        )
    return _read(results, found.st_mtime_ns, tuple(times))


def results_file(job: JobRecord) -> Path:
    """The results of a completed job. Raises ResultsNotAvailable."""
    try:
        return storage().load_file(job.output_path or "")
    except (StoredFileMissing, ValueError):
        raise ResultsNotAvailable(
            "The results of this job have been removed from the data folder."
        ) from None


def digest_file(job_id: UUID) -> Path | None:
    """The worker's digest; jobs of earlier releases have none."""
    with suppress(StoredFileMissing):
        return storage().load_file(digest_name(job_id))
    return None


def frame_times(job_id: UUID, record: RunRecord | None) -> array[float]:
    """The presentation time of each frame, and the end of the video; empty if unknown."""
    with suppress(StoredFileMissing):
        times = load_times(storage().load_file(times_name(job_id)))
        return with_end(times, record.video.duration_s if record and record.video else None)
    return array("d")


@lru_cache(maxsize=4)
def _read(results: Path, changed_ns: int, times: tuple[float, ...]) -> tuple[Digest, Index]:
    """Make the digest line by line: pipeline.results writes one line per frame."""
    digester, last = Digester(), len(times) - 1
    shown_at: Callable[[int], float] | None = (
        (lambda frame: times[min(frame, last)]) if times else None
    )
    offset = 0
    with results.open("rb") as file:
        while line := file.readline(MAX_LINE_BYTES):
            if line.startswith(b"{"):
                with suppress(ValueError, TypeError, KeyError, RecursionError):
                    digester.add(json.loads(line.strip().rstrip(b",")), offset)
            offset += len(line)
    return digester.digest(shown_at)[0], digester.index
