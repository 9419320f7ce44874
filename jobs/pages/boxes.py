"""The detections around a time of a video: a block of the stored results."""

from __future__ import annotations

import json
from array import array
from bisect import bisect_right
from pathlib import Path

from django.http import HttpRequest, HttpResponse

from jobs.api.services import get_job
from jobs.composition import storage
from jobs.exceptions import ResultsNotAvailable
from jobs.models import JobStatus
from jobs.pages.media import CACHED, JobFileView
from jobs.pages.stored import digest_and_index, digest_file, frame_times, results_file
from jobs.run_record import load_run_record
from pipeline.digest.file import Index, load_index

# Players round times, in seconds.
TOLERANCE_S = 1e-3


class BoxesView(JobFileView):
    """The stored result items of the frames around the time `at` (seconds).

    first: index of the first frame. times: presentation times of the frames, and of the next one.
    The index has the offsets of the items, so nothing else is read.
    """

    def get(self, request: HttpRequest, job_id: str) -> HttpResponse:
        job = get_job(job_id)
        times = frame_times(job.job_id, load_run_record(storage(), job.job_id))
        if job.status is not JobStatus.COMPLETED or not times:
            raise ResultsNotAvailable("The frame times of this job are not stored.")
        kept = digest_file(job.job_id)
        index = (load_index(kept) if kept else None) or digest_and_index(job, times)[1]
        if not index.frames:
            raise ResultsNotAvailable("The results contain no frames.")
        at = _seconds(request.GET.get("at", ""))
        block = index.block_of(max(0, bisect_right(times, at + TOLERANCE_S) - 1))
        body = _body(results_file(job), times, index, block)
        return HttpResponse(body, content_type="application/json", headers=CACHED)


def _seconds(words: str) -> float:
    """0 for anything but a time."""
    try:
        return min(max(float(words), 0.0), 1e9) if words.isascii() else 0.0
    except ValueError:
        return 0.0


def _body(results: Path, times: array[float], index: Index, block: int) -> bytes:
    first = index.frames[block]
    behind = index.frames[block + 1] if block + 1 < len(index.frames) else len(times)
    with results.open("rb") as file:
        file.seek(index.offsets[block])
        size = index.offsets[block + 1] - file.tell() if block + 1 < len(index.offsets) else -1
        items = file.read(size).rstrip(b"\n],")
    head = json.dumps({"first": first, "times": times[first : behind + 1].tolist()})
    return head[:-1].encode() + b', "items": [' + items + b"]}"
