"""OpenAPI: hooks for the schema, and the views of schema and Swagger UI."""

from __future__ import annotations

from typing import Any

from django.urls import get_script_prefix
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response
from rest_framework.views import APIView

Endpoint = tuple[str, str, str, Any]


def only_v1(endpoints: list[Endpoint]) -> list[Endpoint]:
    """The routes below `/v1`; those below `/video` are aliases."""
    return [endpoint for endpoint in endpoints if endpoint[0].startswith("/v1/")]


def complete(result: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
    """Add the server's prefix, the lack of authentication, and links from the response of a
    submission to the routes of its job."""
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
    """Returns errors as JSON, whatever the view's renderer."""

    def handle_exception(self, exc: Exception) -> Response:
        response = super().handle_exception(exc)
        self.request.accepted_renderer = JSONRenderer()
        self.request.accepted_media_type = JSONRenderer.media_type
        return response


class SchemaView(JsonErrors, SpectacularAPIView):
    """OpenAPI 3 as YAML or JSON."""


class DocsView(JsonErrors, SpectacularSwaggerSplitView):
    """Swagger UI without external files. Its script is a separate file, as the content security
    policy requires."""
