"""All routes of the project, and the handlers of requests that reach no view."""

import logging
import re
from http import HTTPStatus

from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import include, path

from forgesyte.schema import DocsView, SchemaView
from jobs.pages.page import error_page

logger = logging.getLogger(__name__)
API_PATH = re.compile(r"/(v1|video)(/|$)")

urlpatterns = [
    path("", include("jobs.pages.urls")),
    path("v1/schema", SchemaView.as_view(), name="schema"),
    path("v1/docs", DocsView.as_view(url_name="schema"), name="docs"),
    path("video/", include("jobs.api.urls")),
    # Last, so that `reverse` returns links below /v1.
    path("v1/video/", include("jobs.api.urls")),
]


def handler400(request: HttpRequest, exception: Exception) -> HttpResponse:
    message = "The request cannot be read."
    if isinstance(exception, DisallowedHost):
        host = request.META.get("HTTP_HOST", request.META["SERVER_NAME"])[:255]
        logger.warning("refused a request for %r: it is not in FORGESYTE_ALLOWED_HOSTS", host)
        message = (
            f"This server does not answer to the name {host!r}. Its operator can add the name to "
            "FORGESYTE_ALLOWED_HOSTS."
        )
    return _error(request, HTTPStatus.BAD_REQUEST, message)


def handler404(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _error(request, HTTPStatus.NOT_FOUND, "There is nothing at this address.")


def handler500(request: HttpRequest) -> HttpResponse:
    message = "Internal error. The server's log says why."
    return _error(request, HTTPStatus.INTERNAL_SERVER_ERROR, message)


def _error(request: HttpRequest, status: HTTPStatus, message: str) -> HttpResponse:
    """JSON below `/v1` and `/video`, a page elsewhere."""
    if API_PATH.match(request.path):
        return JsonResponse({"detail": message}, status=status)
    return error_page(request, status, message)
