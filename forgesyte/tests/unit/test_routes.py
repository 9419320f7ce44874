"""The API has the routes of its specification and no more; every other route is a status page."""

from __future__ import annotations

from collections.abc import Iterator

from django.urls import URLPattern, URLResolver, get_resolver

ROUTES = ["submit", "status/<str:job_id>", "results/<str:job_id>"]
API = {f"{prefix}video/{route}" for prefix in ("", "v1/") for route in ROUTES}
DESCRIPTION = {"v1/schema", "v1/docs"}


def routes(resolver: URLResolver, prefix: str = "") -> Iterator[tuple[str, str]]:
    """Each route with the module of its view."""
    for entry in resolver.url_patterns:
        route = prefix + str(entry.pattern)
        if isinstance(entry, URLPattern):
            yield route, entry.callback.__module__
        else:
            yield from routes(entry, route)


def test_no_other_route() -> None:
    found = list(routes(get_resolver()))
    pages = {route for route, module in found if module.startswith("jobs.pages.")}
    assert "" in pages
    assert sorted(route for route, _ in found if route not in pages) == sorted(API | DESCRIPTION)
    assert not any(route.startswith(("v1", "video")) for route in pages)
