"""The settings as a program meets them."""

from __future__ import annotations

import html
import re
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

from forgesyte.tests.conftest import Manage

# What would cost seconds, or a gigabyte, in every command and in the API.
HEAVY = "{'torch', 'ultralytics', 'openvino', 'cv2', 'tesserocr'}"
PROGRAM = f"""
import sys, django
django.setup()
from django.core.management import call_command
from django.test import Client
call_command("check")
path = "/v1/video/status/00000000-0000-4000-8000-000000000000"
assert Client(SERVER_NAME="localhost").get(path).status_code == 404
sys.exit(", ".join(sorted({HEAVY} & sys.modules.keys())) or 0)
"""


def test_a_relative_data_folder_does_not_depend_on_the_working_directory(
    manage: Manage, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))
    code = "from django.conf import settings; print(settings.DATA_DIR)"
    shell = manage("shell", "--no-imports", "--command", code, FORGESYTE_DATA_DIR="some/folder")
    assert shell.stdout.strip() == str(settings.BASE_DIR / "some" / "folder")


def test_the_settings_fit_for_deployment(manage: Manage) -> None:
    check = manage("check", "--deploy", "--fail-level", "WARNING", FORGESYTE_DEBUG="0")
    assert check.returncode == 0, check.stderr
    assert "no issues" in check.stdout


@pytest.mark.parametrize(
    "path",
    ["/", "/nowhere", "/v1/video/status/x", "/v1/schema", "/static/jobs/icon.svg", "/favicon.ico"],
)
def test_every_answer_restricts_what_a_browser_does_with_it(own_store: Path, path: str) -> None:
    with closing(Client(SERVER_NAME="localhost").get(path)) as answer:
        assert (answer.status_code == 404) == (path in ("/nowhere", "/v1/video/status/x"))
        headers = answer.headers
    policy = dict(part.split(" ", 1) for part in headers["Content-Security-Policy"].split("; "))
    assert policy["default-src"] == policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert not re.search("unsafe|http|[*]", headers["Content-Security-Policy"])
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"


def test_no_vendor_library_is_imported(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By a command and by a request for a status."""
    monkeypatch.setenv("FORGESYTE_DATA_DIR", str(data_dir))
    subprocess.run([sys.executable, "-c", PROGRAM], cwd=settings.BASE_DIR, check=True, timeout=60)


@pytest.mark.parametrize("path", ["/v1/video/submit", "/"])
def test_a_request_for_an_unknown_host_names_it_and_the_setting(
    own_store: Path, path: str, caplog: pytest.LogCaptureFixture
) -> None:
    answer = Client(SERVER_NAME="videos.example.org").get(path)
    assert answer.status_code == 400
    told = "does not answer to the name 'videos.example.org'"
    assert told in html.unescape(answer.content.decode())
    assert "FORGESYTE_ALLOWED_HOSTS" in answer.content.decode()
    (record,) = caplog.records
    assert record.message == (
        "refused a request for 'videos.example.org': it is not in FORGESYTE_ALLOWED_HOSTS"
    )
