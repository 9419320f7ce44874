"""Who may send a submission: programs, people, and pages of this server."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from rest_framework.test import APIClient

from jobs.store.base import JobStore
from jobs.tests.conftest import mp4

URL = "/v1/video/submit"
SITE, ORIGIN, HOST = "HTTP_SEC_FETCH_SITE", "HTTP_ORIGIN", "HTTP_HOST"


@pytest.mark.parametrize("url", [URL, "/video/submit"])
@pytest.mark.parametrize(
    "headers",
    [
        {SITE: "cross-site"},
        {SITE: "same-site"},
        {SITE: "cross-site", ORIGIN: "http://testserver"},
        {SITE: "nonsense"},
        {ORIGIN: "https://example.org"},
        {ORIGIN: "http://testserver:8000", HOST: "testserver:9000"},
        {ORIGIN: "http://testserver:8000", HOST: "testserver:80"},
        {ORIGIN: "http://testserver.example.org"},
        {ORIGIN: "null"},
        {ORIGIN: ""},
        {ORIGIN: "http://["},
    ],
)
def test_a_page_of_another_site_is_refused(
    api: APIClient, data_folder: Path, store: JobStore, url: str, headers: dict[str, str]
) -> None:
    answer = api.post(url, {"file": mp4()}, format="multipart", **headers)  # type: ignore[arg-type]
    assert answer.status_code == 403
    assert answer.json() == {
        "detail": "This request came from another site's page. Submit from this server's pages or "
        "a program."
    }
    assert not (data_folder / "video_jobs").exists()
    assert store.size() == 0


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {SITE: "same-origin"},
        {SITE: "none"},
        {SITE: "same-origin", ORIGIN: "https://proxy.example.org"},
        {ORIGIN: "http://testserver"},
        {ORIGIN: "https://TESTSERVER"},
        {ORIGIN: "https://testserver", HOST: "testserver:443"},
        {ORIGIN: "http://testserver:80", HOST: "testserver"},
        {ORIGIN: "http://testserver:8000", HOST: "testserver"},  # a proxy that passes no port
        {SITE: "cross-site", ORIGIN: "https://App.example.org"},
    ],
)
def test_programs_people_own_and_allowed_pages_may_submit(
    api: APIClient, headers: dict[str, str], settings: Any
) -> None:
    settings.CORS_ALLOWED_ORIGINS = ["https://app.example.org"]
    answer = api.post(URL, {"file": mp4()}, format="multipart", **headers)  # type: ignore[arg-type]
    assert answer.status_code == 202


def test_anybody_may_follow_a_link_to_the_form(api: APIClient) -> None:
    answer = api.get(URL, HTTP_ACCEPT="text/html", HTTP_SEC_FETCH_SITE="cross-site")
    assert answer.status_code == 200
    assert 'type="file"' in answer.content.decode()
