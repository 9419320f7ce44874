"""Which answers are compressed."""

from __future__ import annotations

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware


class CompressionMiddleware(GZipMiddleware):
    """Compresses text, as it is sent; not pictures and videos, nor parts of a file."""

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        is_text = response.headers.get("Content-Type", "").startswith(("text/", "application/"))
        if response.status_code != 200 or not is_text:
            return response
        return super().process_response(request, response)
