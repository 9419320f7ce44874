"""OpenAPI: which routes the schema shows, and its two views."""

from __future__ import annotations

from typing import Any

from django.urls import get_script_prefix
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response
from rest_framework.views import APIView

Endpoint = tuple[str, str, str, Any]


def only_v1(endpoints: list[Endpoint]) -> list[Endpoint]:
    """The routes below `/v1`; `/video/...` are the same ones under another name."""
    return [endpoint for endpoint in endpoints if endpoint[0].startswith("/v1/")]


def complete(result: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
    """Say where the routes begin, that nobody logs in, and that the answer to a submission names
    the job that the other routes take (links)."""
    result["servers"] = [{"url": get_script_prefix().rstrip("/") or "/"}]
    result["security"] = []
    (form,) = result["paths"]["/v1/video/submit"]["post"]["requestBody"]["content"].values()
    name = form["schema"]["$ref"].rpartition("/")[2]
    result["components"]["schemas"][name]["additionalProperties"] = False
    submitted = result["paths"]["/v1/video/submit"]["post"]["responses"]["202"]
    submitted["links"] = {
        operation: {"operationId": operation, "parameters": {"job_id": "$response.body#/job_id"}}
        for operation in ("get_status", "get_results")
    }
    return result


class JsonErrors(APIView):
    """Errors are JSON, whatever else a view answers with."""

    def handle_exception(self, exc: Exception) -> Response:
        response = super().handle_exception(exc)
        self.request.accepted_renderer = JSONRenderer()
        self.request.accepted_media_type = JSONRenderer.media_type
        return response


class SchemaView(JsonErrors, SpectacularAPIView):
    """OpenAPI 3 as YAML or JSON."""


class DocsView(JsonErrors, SpectacularSwaggerSplitView):
    """Swagger UI, from this server alone; its script is a file of its own, as pages demand."""
