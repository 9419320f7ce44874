"""The video of a job, with range requests, and the stills that the worker made."""

from __future__ import annotations

import os
import re
from http import HTTPStatus
from typing import Any, BinaryIO

from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response
from django.utils.http import http_date
from django.views import View

from jobs.api.errors import report
from jobs.api.services import get_job
from jobs.composition import storage
from jobs.exceptions import JobsError, StoredFileMissing
from jobs.pages.stored import digest_file
from pipeline.digest.file import COVER, STILL, load_member

# A job's files do not change, but may be removed.
CACHED = {"Cache-Control": "private, max-age=3600"}
# Players request the rest of the file and read it while playing. A range of this size is sent at
# once, so that a paused player does not occupy a thread of the server.
PART_BYTES = 1024**2
MP4 = "video/mp4"
RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})", re.ASCII)


class JobFileView(View):
    """A file of a job; JobsError becomes plain text."""

    http_method_names = ["get", "head", "options"]

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            response: HttpResponseBase = super().dispatch(request, *args, **kwargs)
            return response
        except JobsError as error:
            headers = {"Cache-Control": "no-store", **report(error)}
            plain = "text/plain; charset=utf-8"
            return HttpResponse(
                str(error), status=error.http_status, content_type=plain, headers=headers
            )


class VideoView(JobFileView):
    """The uploaded file (RFC 9110, sections 13 and 14); multiple ranges are ignored."""

    def get(self, request: HttpRequest, job_id: str) -> HttpResponseBase:
        job = get_job(job_id)
        try:
            file = storage().load_file(job.input_path).open("rb")
        except (StoredFileMissing, OSError):
            raise StoredFileMissing("The video is no longer in the data folder.") from None
        answer = _answer(request, file)
        answer.headers["Content-Disposition"] = f'inline; filename="{job.job_id}.mp4"'
        return answer


def _answer(request: HttpRequest, file: BinaryIO) -> HttpResponseBase:
    """The file, or the requested range of it."""
    found = os.fstat(file.fileno())
    headers = {
        **CACHED,
        "Accept-Ranges": "bytes",
        "ETag": f'"{found.st_mtime_ns:x}-{found.st_size:x}"',
        "Last-Modified": http_date(found.st_mtime),
    }
    unchanged = get_conditional_response(request, headers["ETag"], int(found.st_mtime))
    part = _part(request, headers, found.st_size)
    if unchanged is None and part is None:
        headers["Content-Length"] = str(found.st_size)
        if request.method == "HEAD":
            file.close()
            return HttpResponse(content_type=MP4, headers=headers)
        return FileResponse(file, content_type=MP4, headers=headers)
    with file:
        if unchanged is not None:
            for name, value in headers.items():
                unchanged.headers[name] = value
            return unchanged
        assert part is not None
        if not part:
            headers["Content-Range"] = f"bytes */{found.st_size}"
            status = HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE
            return HttpResponse(status=status, content_type=MP4, headers=headers)
        headers["Content-Range"] = f"bytes {part[0]}-{part[-1]}/{found.st_size}"
        file.seek(part[0])
        content, status = file.read(len(part)), HTTPStatus.PARTIAL_CONTENT
        return HttpResponse(content, status=status, content_type=MP4, headers=headers)


def _part(request: HttpRequest, headers: dict[str, str], size: int) -> range | None:
    """The range to send, at most PART_BYTES; empty if it cannot be satisfied.

    None without a range, for multiple ranges, and if If-Range does not match.
    """
    asked = RANGE.fullmatch(request.headers.get("Range", "").replace(" ", ""))
    condition = request.headers.get("If-Range")
    if not asked or not any(asked.groups()) or request.method != "GET":
        return None
    if condition not in (None, headers["ETag"], headers["Last-Modified"]):
        return None
    first, last = asked.groups()
    if not first:  # a suffix range
        return range(max(0, size - int(last)), size)[:PART_BYTES]
    if last and int(last) < int(first):
        return None
    end = min(size, int(last) + 1 if last else size, int(first) + PART_BYTES)
    return range(int(first), end)


class StillView(JobFileView):
    """A still of a completed job's video; without a number, its cover."""

    def get(self, request: HttpRequest, job_id: str, number: int | None = None) -> HttpResponse:
        kept = digest_file(get_job(job_id).job_id)
        name = COVER if number is None else STILL(number)
        content = load_member(kept, name) if kept else None
        if not content:
            raise StoredFileMissing("This job has no such picture.")
        return HttpResponse(content, content_type="image/jpeg", headers=CACHED)
