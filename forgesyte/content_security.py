"""The content security policy of each answer."""

from __future__ import annotations

from functools import cache

from csp.constants import HEADER
from csp.middleware import CSPMiddleware
from csp.utils import build_policy
from django.http import HttpRequest
from django.http.response import HttpResponseBase


class ContentSecurityPolicyMiddleware(CSPMiddleware):
    """django-csp's, which builds the policy anew for each answer, a tenth of a status answer.

    JSON has no script that could carry a nonce, so its policy is always the same.
    """

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        if response.headers.get("Content-Type") != "application/json":
            return super().process_response(request, response)
        response.headers[HEADER] = _policy()
        return response


@cache
def _policy() -> str:
    return build_policy()
