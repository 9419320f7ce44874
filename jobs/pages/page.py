"""The base of all status pages."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.generic import TemplateView

from jobs.api.errors import report
from jobs.composition import run_folder
from jobs.exceptions import JobsError
from jobs.locks import ProcessLock
from jobs.models import JobRecord


class Page(TemplateView):
    """A read-only page in the layout of `jobs/base.html`; JobsError becomes an error page."""

    http_method_names = ["get", "head", "options"]

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            response: HttpResponseBase = super().dispatch(request, *args, **kwargs)
        except JobsError as error:
            headers = report(error)
            return error_page(request, HTTPStatus(error.http_status), str(error), headers)
        response["Cache-Control"] = "no-store"
        return response


def whole_number(digits: str, most: int) -> int | None:
    """Parse a number from a URL, at most `most`; None for anything else."""
    if not (digits.isascii() and digits.isdecimal()):
        return None
    return min(int(digits.lstrip("0")[:20] or 0), most)


def error_page(
    request: HttpRequest,
    status: HTTPStatus,
    message: str,
    headers: dict[str, str] | None = None,
) -> HttpResponse:
    """An error page; `message` says what to do."""
    context = {"title": status.phrase, "message": message, "status": status}
    response = render(request, "jobs/error.html", context, status=status)
    for name, value in {"Cache-Control": "no-store", **(headers or {})}.items():
        response[name] = value
    return response


@dataclass(frozen=True, slots=True)
class WorkerState:
    """The worker's PID, if there is one, and the running job.

    Without a worker that job was interrupted; the next worker gives it back.
    """

    pid: int | None
    job: JobRecord | None


def worker_state(running: JobRecord | None) -> WorkerState:
    """Does not take the worker's lock, which would keep a worker from starting."""
    return WorkerState(ProcessLock(run_folder() / "worker.lock").held_by(), running)
