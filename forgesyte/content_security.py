"""The content security policy of each answer."""

from functools import cache

from csp.constants import HEADER
from csp.middleware import CSPMiddleware
from csp.utils import build_policy
from django.http import HttpRequest
from django.http.response import HttpResponseBase

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
