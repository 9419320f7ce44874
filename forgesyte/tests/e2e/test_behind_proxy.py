"""Behind nginx with TLS, another host name and a prefix; and from pages of other origins."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from django.core.management import CommandError, call_command
from playwright.sync_api import expect

from forgesyte import response_checks
from forgesyte.api_client import ApiClient
from forgesyte.installation import HOST, Installation
from forgesyte.tests.browser import opened_page, started_browser, submit_in_swagger_ui
from forgesyte.tests.conftest import TINY_MP4
from forgesyte.tests.nginx import nginx

FORWARDED = """
    client_max_body_size 0;
    location /forgesyte/ {{
        proxy_pass {url}/;
        proxy_http_version 1.1;
        proxy_set_header X-Forwarded-For $remote_addr;
        proxy_set_header X-Forwarded-Host $http_host;
        proxy_set_header X-Forwarded-Proto $scheme;
        proxy_set_header X-Forwarded-Prefix /forgesyte;
    }}
"""
SUBMIT = """async (api) => {
    const form = new FormData();
    form.append("file", new Blob(["\\0\\0\\0\\x18ftypisom\\0\\0\\2\\0isomiso2mp41"]), "a.mp4");
    const answer = await fetch(api + "/v1/video/submit", {method: "POST", body: form});
    return [answer.status, answer.headers.get("Location")];
}"""


@pytest.fixture
def proxied(data_dir: Path, tmp_path: Path) -> Iterator[str]:
    """The URL under which nginx serves an installation."""
    environment = {"FORGESYTE_TRUSTED_PROXY": HOST}
    with Installation(data_dir, environment=environment) as installation:
        installation.start_api()
        server = FORWARDED.format(url=installation.url)
        with nginx(tmp_path / "nginx", server, tls=True) as port:
            yield f"https://localhost:{port}/forgesyte"


def test_pages_work_behind_tls_and_a_prefix(proxied: str) -> None:
    statuses: list[tuple[str, int]] = []
    with started_browser() as browser, opened_page(browser, proxied) as (page, problems):
        page.on("response", lambda answer: statuses.append((answer.url, answer.status)))
        page.goto(proxied + "/")
        page.get_by_role("link", name="Submit").first.click()
        page.get_by_label("File").set_input_files(TINY_MP4)
        page.get_by_role("button", name="Submit").click()
        expect(page.get_by_role("heading", level=1)).to_contain_text("tiny.mp4")
        page.goto(page.url.replace("/jobs/", "/v1/video/status/"))
        expect(page.locator(".answer").first).to_contain_text('"status": "pending"')
        page.get_by_role("link", name="Job page").click()
        expect(page.get_by_role("heading", level=1)).to_contain_text("tiny.mp4")
        page.goto(proxied + "/v1/docs")
        expect(page.locator(".opblock")).to_have_count(3)
        submit_in_swagger_ui(page, TINY_MP4)
    assert not problems
    assert [answer for answer in statuses if answer[1] >= 400] == []
    assert all(url.startswith((proxied, "blob:", "data:")) for url, _ in statuses)


def test_links_and_locations_carry_the_prefix(proxied: str) -> None:
    with httpx.Client(verify=False) as client, TINY_MP4.open("rb") as file:
        answer = client.post(proxied + "/v1/video/submit", files={"file": file})
        job_id = answer.json()["job_id"]
        assert answer.headers["Location"] == f"/forgesyte/v1/video/status/{job_id}"
        assert client.get(httpx.URL(proxied).join(answer.headers["Location"])).status_code == 200


def test_the_command_line_submits(
    proxied: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(
        CommandError, match=r"is not trusted: self-signed.* with --cacert"
    ) as caught:
        call_command("submit", str(TINY_MP4), "--url", proxied)
    assert caught.value.returncode == 2
    certificate = tmp_path / "nginx" / "cert.pem"
    call_command("submit", str(TINY_MP4), "--url", proxied, "--cacert", str(certificate))
    job_id = capsys.readouterr().out.strip()
    assert httpx.get(f"{proxied}/v1/video/status/{job_id}", verify=False).status_code == 200


def test_nobody_but_the_proxy_may_forward(data_dir: Path) -> None:
    names = {"Proto": "https", "Host": "evil.example.org", "Prefix": "/evil"}
    headers = {f"X-Forwarded-{name}": value for name, value in names.items()}
    with Installation(data_dir) as installation:
        installation.start_api()
        for path in ("/", "/v1/schema"):
            answer = httpx.get(f"{installation.url}{path}", headers=headers)
            assert answer.status_code == 200
            assert "evil" not in answer.text


@contextmanager
def page_of_another_origin(folder: Path) -> Iterator[str]:
    (folder / "index.html").write_text("<!doctype html><title>client</title>")
    handler = partial(SimpleHTTPRequestHandler, directory=str(folder))
    with ThreadingHTTPServer((HOST, 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://localhost:{server.server_address[1]}"
        server.shutdown()


@pytest.mark.parametrize("is_allowed", [True, False])
def test_pages_of_other_origins_submit_where_they_are_allowed(
    is_allowed: bool, data_dir: Path, tmp_path: Path
) -> None:
    (tmp_path / "page").mkdir()
    with page_of_another_origin(tmp_path / "page") as origin:
        environment = {"FORGESYTE_ALLOWED_ORIGINS": origin if is_allowed else ""}
        with Installation(data_dir, environment=environment) as installation:
            installation.start_api()
            with started_browser() as browser, opened_page(browser, origin) as (page, _):
                page.goto("/")
                call = f"({SUBMIT})({json.dumps(installation.url)}).catch(() => null)"
                answer = page.evaluate(call)
    if is_allowed:
        status, location = answer
        assert status == 202
        assert location.startswith("/v1/video/status/")
    else:
        assert answer is None


ONE_ADDRESS = """
    client_max_body_size 0;
    proxy_next_upstream error timeout http_404;
    location / {{
        proxy_pass http://installations;
        proxy_set_header Host localhost;
    }}
"""


def test_two_installations_behind_one_address(tmp_path: Path) -> None:
    """docs/OPERATIONS.md: each job is found wherever it is; one may be gone."""
    (one := tmp_path / "one").mkdir()
    (two := tmp_path / "two").mkdir()
    with Installation(one) as first, Installation(two) as second:
        first.start_api()
        second.start_api()
        servers = f"server {HOST}:{first.port}; server {HOST}:{second.port};"
        http = f"upstream installations {{ {servers} }}"
        with (
            nginx(tmp_path / "nginx", ONE_ADDRESS.format(), http) as port,
            ApiClient(f"http://{HOST}:{port}") as client,
        ):
            jobs = [response_checks.submitted(client.submit(TINY_MP4)) for _ in range(6)]
            for job_id in jobs:
                assert client.status(job_id).json()["status"] == "pending"
            assert client.status(str(uuid4())).status_code == 404
            with second.client() as direct:
                there = [job for job in jobs if direct.status(job).status_code == 200]
            assert 0 < len(there) < len(jobs)
            assert first.api is not None
            first.api.terminate()
            for job_id in there:
                assert client.status(job_id).json()["status"] == "pending"
            response_checks.submitted(client.submit(TINY_MP4))
