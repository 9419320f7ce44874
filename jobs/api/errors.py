"""Turns the API's exceptions into HTTP responses: JSON `{"detail": "..."}`."""

from __future__ import annotations

import logging
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.http import UnreadablePostError
from rest_framework import status
from rest_framework.exceptions import ErrorDetail, ParseError, UnsupportedMediaType, ValidationError
from rest_framework.response import Response
from rest_framework.views import exception_handler as drf_exception_handler

from jobs.exceptions import JobsError, StoreUnavailable

logger = logging.getLogger(__name__)

HOW_TO_SEND = (
    "Send a multipart form with the MP4 as a file in the field `file`, as `curl -F "
    "file=@video.mp4` does."
)


def exception_handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's hook. None means an unknown exception, which becomes a logged 500."""
    if isinstance(error, JobsError):
        headers = report(error)
        return Response({"detail": str(error)}, error.http_status, headers=headers)
    if isinstance(error, UnreadablePostError):
        detail = "The upload was incomplete. Send it again."
        return Response({"detail": detail}, status.HTTP_400_BAD_REQUEST)
    if isinstance(error, UnsupportedMediaType):
        return Response({"detail": HOW_TO_SEND}, error.status_code)
    if isinstance(error, RequestDataTooBig | ParseError):
        return Response({"detail": HOW_TO_SEND}, status.HTTP_400_BAD_REQUEST)
    response = drf_exception_handler(error, context)
    if response is not None and isinstance(error, ValidationError):
        response.data = {"detail": " ".join(_messages(error.detail))}
    return response


def report(error: JobsError) -> dict[str, str]:
    """Log server errors; returns the headers of the response."""
    if error.http_status >= status.HTTP_500_INTERNAL_SERVER_ERROR:
        logger.error("%s: %s", type(error).__name__, error, exc_info=error.__cause__)
    return {"Retry-After": "2"} if isinstance(error, StoreUnavailable) else {}


def _messages(detail: Any) -> list[str]:
    """The messages of a validation error, flattened."""
    if isinstance(detail, ErrorDetail):
        return [str(detail)]
    parts = detail.values() if isinstance(detail, dict) else detail
    return [message for part in parts for message in _messages(part)]
