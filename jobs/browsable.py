"""The routes as pages: DRF's browsable API in the look of the status pages."""

from __future__ import annotations

from itertools import islice
from typing import Any

import ijson
from rest_framework.renderers import BrowsableAPIRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from jobs import services
from jobs.exceptions import ResultsUnreadable

# A page shows so many frames of the results; all of them can be hundreds of megabytes.
EXCERPT_FRAMES = 3


class JobPageRenderer(BrowsableAPIRenderer):
    """Adds the way to the other routes and an example; leaves out the form for raw bytes, from
    which nobody could send a video."""

    def get_context(self, data: Any, *args: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context(data, *args)
        view, request, response = (context[name] for name in ("view", "request", "response"))
        job_id = job_of(data, view.kwargs, response)
        return {
            **context,
            "title": context["name"],
            "job_id": job_id,
            "routes": _routes(request, job_id) if job_id else {},
            "example": view.example.format(address=request.build_absolute_uri(request.path)),
            "excerpt": getattr(view, "excerpt", None),
        }

    def get_raw_data_form(self, *args: Any) -> None:
        return None


def job_of(data: Any, arguments: dict[str, str], response: Response) -> str | None:
    """The job that a page is about, if there is one."""
    if isinstance(data, dict) and "job_id" in data:
        return str(data["job_id"])
    return None if getattr(response, "no_such_job", False) else arguments.get("job_id")


def _routes(request: Request, job_id: str) -> dict[str, str]:
    return {
        "Status": reverse("video-status", args=[job_id], request=request),
        "Results": reverse("video-results", args=[job_id], request=request),
    }


def results_excerpt(job_id: str) -> dict[str, Any]:
    """The answer of the results with the first frames alone; raises as `open_results` does."""
    with services.open_results(job_id) as answer:
        job = services.get_job(job_id)
        items = ijson.items(answer, "results.item", use_float=True)
        try:
            frames = list(islice(items, EXCERPT_FRAMES))
        except ijson.JSONError as error:
            raise ResultsUnreadable from error
    return {
        "job_id": str(job.job_id),
        "created_at": services.iso(job.created_at),
        "updated_at": services.iso(job.updated_at),
        "results": frames,
    }
