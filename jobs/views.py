"""The three routes. A view validates, calls one service function and answers."""

from __future__ import annotations

from typing import Any

from django.http import FileResponse
from django.http.response import HttpResponseBase
from rest_framework import status
from rest_framework.parsers import FormParser, MultiPartParser
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.views import APIView

from jobs import api_schema, services
from jobs.browsable import EXCERPT_FRAMES, JobPageRenderer, results_excerpt
from jobs.exceptions import JobNotFound
from jobs.origin import require_same_site
from jobs.serializers import (
    StatusSerializer,
    SubmitFormSerializer,
    SubmitSerializer,
    SubmittedSerializer,
)

# Making a serializer copies its fields, which takes longer than to serialise with them.
STATUS = StatusSerializer()


class JobView(APIView):
    """A route of the API: JSON, and a page for whoever asks for HTML.

    `name` is the heading of the page, `purpose` the sentence below it, `example` a command.
    """

    renderer_classes = [JSONRenderer, JobPageRenderer]
    name = purpose = example = ""

    def handle_exception(self, exc: Exception) -> Response:
        response = super().handle_exception(exc)
        response.no_such_job = isinstance(exc, JobNotFound)  # type: ignore[attr-defined]
        return response

    def asks_for_page(self, request: Request) -> bool:
        return isinstance(request.accepted_renderer, JobPageRenderer)


class SubmitView(JobView):
    """Submit an MP4. The answer is the id of the job that reads it."""

    name = "Submit a video"
    purpose = "The answer is the id of the job that reads the video. Ask its status with it."
    example = "curl -F file=@video.mp4 -F pipeline_id=yolo_ocr {address}"
    parser_classes = [MultiPartParser, FormParser]

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
            require_same_site(request.headers, request.get_host())

    def handle_exception(self, exc: Exception) -> Response:
        for handler in self.request.upload_handlers:
            handler.upload_interrupted()  # Django closes only what has arrived whole
        return super().handle_exception(exc)

    @api_schema.submit
    def post(self, request: Request) -> Response:
        form = SubmitSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        sent = form.validated_data
        pipeline_id = sent.get("pipeline_id") or request.query_params.get("pipeline_id")
        job_id = services.submit_video(sent["file"].path, pipeline_id or services.DEFAULT_PIPELINE)
        location = reverse("video-status", args=[job_id])
        answer = dict(SubmittedSerializer({"job_id": job_id}).data)
        return Response(answer, status.HTTP_202_ACCEPTED, headers={"Location": location})


class StatusView(JobView):
    """Where a job stands."""

    name = "Status"
    purpose = "Where the job stands: pending, running, completed or failed."
    example = "curl {address}"

    @api_schema.status
    def get(self, request: Request, job_id: str) -> Response:
        job = services.get_job(job_id)
        answer = STATUS.to_representation(job)
        return Response(answer, headers={"Cache-Control": "no-store"})


class ResultsView(JobView):
    """What was found in the video of a completed job."""

    name = "Results"
    purpose = "What was found in the video of a completed job, frame by frame."
    example = "curl -o results.json {address}"

    @api_schema.results
    def get(self, request: Request, job_id: str) -> HttpResponseBase:
        if self.asks_for_page(request):
            self.excerpt = EXCERPT_FRAMES
            return Response(results_excerpt(job_id))
        return FileResponse(services.open_results(job_id), content_type="application/json")
