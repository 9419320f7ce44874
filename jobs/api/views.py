"""The three routes. A view validates, calls one service function and responds."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http import FileResponse
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response
from rest_framework import status
from rest_framework.exceptions import ValidationError
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.views import APIView

from jobs.api import schema, services
from jobs.api.browsable import JobPageRenderer
from jobs.api.results import EXCERPT_FRAMES, ResultsBody, results_excerpt
from jobs.api.serializers import (
    StatusSerializer,
    SubmitFormSerializer,
    SubmitSerializer,
    SubmittedSerializer,
)
from jobs.api.uploads import UploadParser
from jobs.exceptions import CrossSiteSubmission, JobNotFound
from pipeline.config import DEFAULT_PIPELINE_ID

DEFAULT_PORTS = {"http": 80, "https": 443}
# Creating a serializer copies its fields, which takes longer than using it.
STATUS = StatusSerializer()


class FormatFirst(DefaultContentNegotiation):
    """`?format=json` overrides the Accept header."""

    def select_renderer(self, request: Request, renderers: Any, format_suffix: Any = None) -> Any:
        if wanted := request.query_params.get("format"):
            renderer, *_ = self.filter_renderers(renderers, wanted)
            return renderer, renderer.media_type
        return super().select_renderer(request, renderers, format_suffix)


class JobView(APIView):
    """A route of the API: JSON, or a page if the client prefers HTML.

    name: heading of the page. purpose: sentence below it. example: a command.
    """

    renderer_classes = [JSONRenderer, JobPageRenderer]
    content_negotiation_class = FormatFirst
    name = purpose = example = ""

    def handle_exception(self, exc: Exception) -> Response:
        response = super().handle_exception(exc)
        response.no_such_job = isinstance(exc, JobNotFound)  # type: ignore[attr-defined]
        return response

    def asks_for_page(self, request: Request) -> bool:
        return isinstance(request.accepted_renderer, JobPageRenderer)


class SubmitView(JobView):
    """Submit an MP4. Returns a job ID."""

    name = "Submit a video"
    purpose = "Upload a video. Its job page shows the status, then what was found."
    example = "curl -F file=@video.mp4 -F pipeline_id=yolo_ocr {address}"
    parser_classes = [UploadParser]

    def get_serializer(self, *args: Any, **kwargs: Any) -> SubmitFormSerializer:
        """The browsable API draws its upload form from this."""
        return SubmitFormSerializer(*args, **kwargs)

    def http_method_not_allowed(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        if request.method == "GET" and self.asks_for_page(request):
            return Response()  # the page with the form
        return super().http_method_not_allowed(request, *args, **kwargs)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if request.method == "POST":
            require_same_site(request)

    def handle_exception(self, exc: Exception) -> Response:
        for handler in self.request.upload_handlers:
            handler.upload_interrupted()  # Django closes complete uploads only
        return super().handle_exception(exc)

    @schema.submit
    def post(self, request: Request) -> Response:
        require_known_fields(request)
        form = SubmitSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        sent = form.validated_data
        pipeline_id = sent.get("pipeline_id") or request.query_params.get("pipeline_id")
        file = sent["file"]
        job_id = services.submit_video(
            file.path, pipeline_id or DEFAULT_PIPELINE_ID, file.name or ""
        )
        if self.asks_for_page(request):  # redirect, so that a reload does not submit again
            page = reverse("job-page", args=[job_id])
            return Response(None, status.HTTP_303_SEE_OTHER, headers={"Location": page})
        location = reverse("video-status", args=[job_id])
        body = dict(SubmittedSerializer({"job_id": job_id}).data)
        return Response(body, status.HTTP_202_ACCEPTED, headers={"Location": location})


class StatusView(JobView):
    """The status of a job."""

    name = "Status"
    purpose = "The job is pending, running, completed or failed."
    example = "curl {address}"

    @schema.status
    def get(self, request: Request, job_id: str) -> Response:
        body = STATUS.to_representation(services.get_status(job_id))
        return Response(body, headers={"Cache-Control": "no-store"})


class ResultsView(JobView):
    """What was found in the video of a completed job."""

    name = "Results"
    purpose = "What was found in the video of a completed job, frame by frame."
    example = "curl -o results.json {address}"

    @schema.results
    def get(self, request: Request, job_id: str) -> HttpResponseBase:
        if self.asks_for_page(request):
            self.excerpt = EXCERPT_FRAMES
            return Response(results_excerpt(job_id))
        body = ResultsBody(job_id)
        unchanged = get_conditional_response(request, etag=body.etag)
        if unchanged is not None:
            body.close()
            return unchanged
        headers = {
            "Content-Length": str(body.size),
            "Content-Disposition": f'inline; filename="{job_id}_results.json"',
            "ETag": body.etag,
        }
        return FileResponse(body, content_type="application/json", headers=headers)


def require_known_fields(request: Request) -> None:
    """Raise ValidationError for unknown fields and a second file, which would be ignored."""
    known, sent = SubmitSerializer().fields, request.data  # reads the form
    skipped = [
        name for handler in request.upload_handlers for name in getattr(handler, "skipped", ())
    ]
    for name in [*sent, *skipped]:
        if name not in known:
            fields = " and ".join(known)
            raise ValidationError(f"There is no field {name[:50]!r}. The fields are {fields}.")
    if len(request.FILES.getlist("file")) > 1:
        raise ValidationError("Several files were sent. Send one file in each request.")


def require_same_site(request: Request) -> None:
    """Raise CrossSiteSubmission if a page of another site made a browser send this.

    There are no logins, but such a page could use the disk and time of a server that only the
    browser can reach. The rules are those of Go's http.CrossOriginProtection: browsers send
    Sec-Fetch-Site (W3C Fetch Metadata), or at least Origin (RFC 6454) to hosts without TLS; other
    clients send neither.
    """
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    if origin is not None and origin.lower() in settings.CORS_ALLOWED_ORIGINS:
        return
    if site is None:
        ours = origin is None or _is_of_host(origin, request.get_host())
    else:
        ours = site in ("same-origin", "none")
    if not ours:
        raise CrossSiteSubmission


def _is_of_host(origin: str, host: str) -> bool:
    """Whether an origin is the host; a proxy may pass a host without its port."""
    try:
        theirs, ours = urlsplit(origin), urlsplit(f"//{host}")
        port = theirs.port or DEFAULT_PORTS.get(theirs.scheme)
        same_port = ours.port in (None, port)
    except ValueError:
        return False
    return same_port and theirs.hostname is not None and theirs.hostname == ours.hostname
