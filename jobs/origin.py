"""Submissions that a page of another site makes a browser send are refused.

Nobody logs in here, so what such a page could gain is the disk and the time of a server that only
the browser's machine can reach. As Go's http.CrossOriginProtection does.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from jobs.exceptions import CrossSiteSubmission


def require_same_site(headers: Mapping[str, str], host: str) -> None:
    """Raise CrossSiteSubmission unless a program, a person or a page of this server sends this.

    Browsers say where a request comes from (W3C Fetch Metadata), to hosts without TLS at least its
    origin (RFC 6454); programs say neither. `host` is the one that was asked, as in `Host`.
    """
    site = headers.get("Sec-Fetch-Site")
    if site is not None:
        ours = site in ("same-origin", "none")
    else:
        origin = headers.get("Origin")
        ours = origin is None or _host_of(origin) == host.lower()
    if not ours:
        raise CrossSiteSubmission


def _host_of(origin: str) -> str | None:
    """Host and port; None if it is no origin, such as `null`."""
    try:
        return urlsplit(origin).netloc.lower() or None
    except ValueError:
        return None
