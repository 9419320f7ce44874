"""The WSGI application."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable
from typing import Any

import django
from django.conf import settings
from django.utils.http import parse_header_parameters
from gunicorn.http.errors import ParseException

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "forgesyte.settings")
django.setup(set_prefix=False)

from django.core.handlers.wsgi import WSGIHandler  # noqa: E402

from forgesyte.proxy import TrustedProxyFix  # noqa: E402
from jobs.api.uploads import FRAMING_BYTES  # noqa: E402

_CHARSET = re.compile(r';\s*charset\*?\d*\*?=("[^"]*"|[^;]*)', re.IGNORECASE)
_django = TrustedProxyFix(WSGIHandler(), settings.ENVIRONMENT.trusted_proxies)


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Django's application, with support for chunked bodies and any charset parameter."""
    environ["CONTENT_TYPE"] = _utf8(environ.get("CONTENT_TYPE", ""))
    if "HTTP_TRANSFER_ENCODING" in environ and environ.get("wsgi.input_terminated"):
        # Django ignores bodies without a length. This is an upper limit; the body ends itself.
        environ["CONTENT_LENGTH"] = str(settings.MAX_UPLOAD_BYTES + FRAMING_BYTES)
        environ["wsgi.input"] = _Chunks(environ["wsgi.input"])
    return _django(environ, start_response)


class _Chunks:
    """A chunked body. Malformed chunks raise OSError, which Django handles."""

    def __init__(self, body: Any) -> None:
        self._body = body
        self.readline = body.readline

    def read(self, size: int = -1) -> bytes:
        try:
            data: bytes = self._body.read(size)
        except ParseException as error:
            raise OSError(str(error)) from error
        return data


def _utf8(content_type: str) -> str:
    """Remove the charset, so that text is decoded as UTF-8: some of Python's codecs are unsafe.

    Returns "" if the parameters of the content type are malformed.
    """
    try:
        parse_header_parameters(content_type)
    except ValueError:
        return ""
    return _CHARSET.sub("", content_type)
