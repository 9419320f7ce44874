"""DRF's browsable API in the style of the status pages."""

from __future__ import annotations

from typing import Any

from rest_framework.renderers import BrowsableAPIRenderer
from rest_framework.reverse import reverse


class JobPageRenderer(BrowsableAPIRenderer):
    """Adds links to the other routes and an example, and omits the raw data form, which cannot
    send a video."""

    def get_context(self, data: Any, *args: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context(data, *args)
        view, request, response = (context[name] for name in ("view", "request", "response"))
        job_id = view.kwargs.get("job_id")
        if isinstance(data, dict) and "job_id" in data:
            job_id = str(data["job_id"])
        elif getattr(response, "no_such_job", False):
            job_id = None
        routes = {"Status": "video-status", "Results": "video-results"} if job_id else {}
        return {
            **context,
            "title": context["name"],
            "job_id": job_id,
            "routes": {
                label: reverse(route, args=[job_id], request=request)
                for label, route in routes.items()
            },
            "example": view.example.format(address=request.build_absolute_uri(request.path)),
            "excerpt": getattr(view, "excerpt", None),
        }

    def get_raw_data_form(self, *args: Any) -> None:
        return None
