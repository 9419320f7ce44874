"""Support for trusted proxies: X-Forwarded headers and a path prefix."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from ipaddress import ip_address
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.storage import StaticFilesStorage
from django.urls import get_script_prefix
from werkzeug.middleware.proxy_fix import ProxyFix

from forgesyte.env import Network

Application = Callable[..., Iterable[bytes]]


class TrustedProxyFix:
    """Applies X-Forwarded-For, -Proto, -Host and -Prefix from trusted peers only."""

    def __init__(self, application: Application, trusted: list[Network]) -> None:
        self._direct = application
        self._forwarded = ProxyFix(application, x_for=1, x_proto=1, x_host=1, x_prefix=1)
        self._trusted = trusted

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        is_trusted = self._trusted and self._trusts(environ["REMOTE_ADDR"])
        return (self._forwarded if is_trusted else self._direct)(environ, start_response)

    def _trusts(self, address: str) -> bool:
        peer = ip_address(address.partition("%")[0])
        return any(peer in network for network in self._trusted)


class PrefixedStaticFiles(StaticFilesStorage):
    """Puts static files below the prefix of each request; Django keeps that of the first one."""

    @property
    def base_url(self) -> str:
        return get_script_prefix() + settings.STATIC_URL.removeprefix("/")
