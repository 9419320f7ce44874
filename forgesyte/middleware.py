"""What is done to each answer: its content security policy, and compression."""

from functools import cache

from csp.constants import HEADER
from csp.middleware import CSPMiddleware
from csp.utils import build_policy
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware

cached_policy = cache(build_policy)


class ContentSecurityPolicyMiddleware(CSPMiddleware):
    """Builds the policy of JSON, which has no script and no nonce, once: it takes a tenth of a
    status request."""

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        if response.headers.get("Content-Type") != "application/json":
            return super().process_response(request, response)
        response.headers[HEADER] = cached_policy()
        return response


class CompressionMiddleware(GZipMiddleware):
    """Compresses text, as it is sent; not pictures and videos, nor parts of a file."""

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        is_text = response.headers.get("Content-Type", "").startswith(("text/", "application/"))
        if response.status_code != 200 or not is_text:
            return response
        return super().process_response(request, response)
