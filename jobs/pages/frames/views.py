"""A frame of a job's video as a picture."""

from __future__ import annotations

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.views import View

from jobs.api.errors import report
from jobs.api.services import get_job
from jobs.exceptions import JobsError, ResultsNotAvailable
from jobs.models import JobStatus
from jobs.pages.composition import page_reader
from jobs.pages.frames.service import LARGE, SIDES


class FrameView(View):
    """`width` is the longer side of the picture at most, in pixels. Errors are plain text."""

    http_method_names = ["get", "head", "options"]

    def get(self, request: HttpRequest, job_id: str, index: int) -> HttpResponse:
        try:
            width = _width(request)
            if width is None:
                allowed = " or ".join(map(str, SIDES))
                return _text(f"The width must be {allowed}.", HTTPStatus.BAD_REQUEST)
            content = _picture(job_id, index, width)
        except JobsError as error:
            answer = _text(str(error), HTTPStatus(error.http_status))
            for name, value in report(error).items():
                answer[name] = value
            if error.http_status == HTTPStatus.SERVICE_UNAVAILABLE:
                answer["Retry-After"] = "2"
            return answer
        # The video of a job never changes, nor does what is drawn of it.
        headers = {"Cache-Control": "private, max-age=3600"}
        return HttpResponse(content, content_type="image/jpeg", headers=headers)


def _picture(job_id: str, index: int, width: int) -> bytes:
    job = get_job(job_id)
    if job.status is not JobStatus.COMPLETED:
        raise ResultsNotAvailable("There are pictures once the job is completed.")
    reader = page_reader()
    kept = reader.kept_picture(job, index, width)
    if kept is not None:
        return kept
    digest = reader.digest(job)
    if index >= digest.frames:
        raise ResultsNotAvailable(f"The video has {digest.frames} frames, counted from 0.")
    return reader.picture(job, index, width, digest)


def _width(request: HttpRequest) -> int | None:
    """One of SIDES; None for anything else."""
    asked = request.GET.get("width", str(LARGE))
    return next((side for side in SIDES if str(side) == asked), None)


def _text(message: str, status: HTTPStatus) -> HttpResponse:
    answer = HttpResponse(message, status=status, content_type="text/plain; charset=utf-8")
    answer["Cache-Control"] = "no-store"
    return answer
