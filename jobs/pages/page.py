"""What all status pages share."""

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
    """A page that is read and never written to, in the layout of `jobs/base.html`.

    `get_context_data` raises JobsError for what it cannot show: that becomes an error page.
    """

    http_method_names = ["get", "head", "options"]

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            response: HttpResponseBase = super().dispatch(request, *args, **kwargs)
        except JobsError as error:
            headers = report(error)
            return error_page(request, HTTPStatus(error.http_status), str(error), headers)
        response["Cache-Control"] = "no-store"
        return response


def error_page(
    request: HttpRequest,
    status: HTTPStatus,
    message: str,
    headers: dict[str, str] | None = None,
) -> HttpResponse:
    """An error in the layout of the pages; `message` says what to do."""
    context = {"title": status.phrase, "message": message, "status": status}
    response = render(request, "jobs/error.html", context, status=status)
    for name, value in {"Cache-Control": "no-store", **(headers or {})}.items():
        response[name] = value
    return response


@dataclass(frozen=True, slots=True)
class WorkerState:
    """The process of the worker, None if there is none, and the job that is running.

    A running job without a worker was interrupted: the next worker gives it back.
    """

    pid: int | None
    job: JobRecord | None


def worker_state(running: JobRecord | None) -> WorkerState:
    """Asked without taking the worker's lock, so a worker that starts just now is not refused."""
    return WorkerState(ProcessLock(run_folder() / "worker.lock").held_by(), running)
