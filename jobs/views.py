"""The three routes. A view validates, calls one service function and answers."""

from __future__ import annotations

from typing import Any

from django.http import FileResponse
from django.http.response import HttpResponseBase
from rest_framework import status
from rest_framework.parsers import FormParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.views import APIView

from jobs import api_schema, services
from jobs.serializers import (
    StatusSerializer,
    SubmitFormSerializer,
    SubmitSerializer,
    SubmittedSerializer,
)


class SubmitView(APIView):
    """Submit an MP4. The answer is the id of the job that reads it."""

    parser_classes = [MultiPartParser, FormParser]

    def get_serializer(self, *args: Any, **kwargs: Any) -> SubmitFormSerializer:
        """The browsable API draws its upload form from this."""
        return SubmitFormSerializer(*args, **kwargs)

    @api_schema.submit
    def post(self, request: Request) -> Response:
        form = SubmitSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        sent = form.validated_data
        pipeline_id = sent.get("pipeline_id") or request.query_params.get("pipeline_id")
        job_id = services.submit_video(sent["file"].path, pipeline_id or services.DEFAULT_PIPELINE)
        location = reverse("video-status", args=[job_id], request=request)
        answer = SubmittedSerializer({"job_id": job_id}).data
        return Response(answer, status.HTTP_202_ACCEPTED, headers={"Location": location})


class StatusView(APIView):
    """Where a job stands."""

    @api_schema.status
    def get(self, request: Request, job_id: str) -> Response:
        job = services.get_job(job_id)
        return Response(StatusSerializer(job).data, headers={"Cache-Control": "no-store"})


class ResultsView(APIView):
    """What was found in the video of a completed job."""

    @api_schema.results
    def get(self, request: Request, job_id: str) -> HttpResponseBase:
        return FileResponse(services.open_results(job_id), content_type="application/json")
