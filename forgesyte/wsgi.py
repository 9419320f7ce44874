"""The WSGI application."""

import os

import django
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
from django.utils.http import parse_header_parameters

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "forgesyte.settings")


class Utf8Request(WSGIRequest):
    """Text is UTF-8, whatever the request says: Python knows codecs that raise, pack and escape."""

    def _set_content_type_params(self, meta: dict[str, str]) -> None:
        try:
            kind, parameters = parse_header_parameters(meta.get("CONTENT_TYPE", ""))
        except ValueError:  # parameters that cannot be read: as if nothing were said
            meta["CONTENT_TYPE"] = ""
            kind, parameters = "", {}
        self.content_type, self.content_params = kind, parameters


class Handler(WSGIHandler):
    """Django's own, with these requests."""

    request_class = Utf8Request


django.setup(set_prefix=False)
application = Handler()
