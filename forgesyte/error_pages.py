"""Answers for requests that reach no view: JSON below `/v1` and `/video`, pages else."""

from __future__ import annotations

import re
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse, JsonResponse

from jobs.pages.page import error_page

API_PATH = re.compile(r"/(v1|video)(/|$)")


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _error(request, HTTPStatus.BAD_REQUEST, "The request cannot be read.")


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _error(request, HTTPStatus.NOT_FOUND, "There is nothing at this address.")


def server_error(request: HttpRequest) -> HttpResponse:
    message = "The server failed. Its log says why."
    return _error(request, HTTPStatus.INTERNAL_SERVER_ERROR, message)


def _error(request: HttpRequest, status: HTTPStatus, message: str) -> HttpResponse:
    if API_PATH.match(request.path):
        return JsonResponse({"detail": message}, status=status)
    return error_page(request, status, message)
