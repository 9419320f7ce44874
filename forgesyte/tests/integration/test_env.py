"""The environment becomes typed values, or a message that names the variable."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from forgesyte import env

VARIABLES = re.findall(r'"(FORGESYTE_\w+)"', Path(env.__file__).read_text())
BASE = Path("/srv/forgesyte")


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)


def test_defaults() -> None:
    assert env.read(BASE) == env.Environment(
        data_dir=BASE / "data",
        max_upload_bytes=2 * 1024**3,
        secret_key="",
        allowed_hosts=["localhost", "127.0.0.1", "[::1]"],
        trusted_proxies=[],
        allowed_origins=[],
        debug=False,
        device="auto",
        max_frames=1_000_000,
        max_pixels=8192 * 4320,
    )


def test_values(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORGESYTE_DATA_DIR", "/var/lib/forgesyte")
    monkeypatch.setenv("FORGESYTE_MAX_UPLOAD_BYTES", "1000")
    monkeypatch.setenv("FORGESYTE_ALLOWED_HOSTS", "a.example, b.example,")
    monkeypatch.setenv("FORGESYTE_TRUSTED_PROXY", "127.0.0.1, 10.0.0.0/8, *")
    monkeypatch.setenv(
        "FORGESYTE_ALLOWED_ORIGINS", "https://App.example.org/,http://localhost:3000"
    )
    monkeypatch.setenv("FORGESYTE_DEBUG", "Yes")
    monkeypatch.setenv("FORGESYTE_DEVICE", "CPU")
    read = env.read(BASE)
    assert read.data_dir == Path("/var/lib/forgesyte")
    assert read.max_upload_bytes == 1000
    assert read.allowed_hosts == ["a.example", "b.example"]
    trusted = ["127.0.0.1/32", "10.0.0.0/8", "0.0.0.0/0", "::/0"]
    assert list(map(str, read.trusted_proxies)) == trusted
    assert read.allowed_origins == ["https://app.example.org", "http://localhost:3000"]
    assert read.debug is True
    assert read.device == "cpu"


@pytest.mark.parametrize("name", VARIABLES)
def test_a_blank_value_is_the_default(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    default = env.read(BASE)
    monkeypatch.setenv(name, " ")
    assert env.read(BASE) == default


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("FORGESYTE_MAX_UPLOAD_BYTES", "2GB"),
        ("FORGESYTE_MAX_UPLOAD_BYTES", "0"),
        ("FORGESYTE_MAX_FRAMES", "-1"),
        ("FORGESYTE_MAX_PIXELS", "1.5"),
        ("FORGESYTE_TRUSTED_PROXY", "proxy.example.org"),
        ("FORGESYTE_ALLOWED_ORIGINS", "app.example.org"),
        ("FORGESYTE_DEVICE", "tpu"),
        ("FORGESYTE_DEBUG", "maybe"),
    ],
)
def test_a_bad_value_names_its_variable(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ImproperlyConfigured, match=f"{name} must be .*{re.escape(value)}"):
        env.read(BASE)


def test_a_bad_value_stops_a_command_with_one_line() -> None:
    ended = subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=settings.BASE_DIR,
        env={**os.environ, "FORGESYTE_DEVICE": "tpu"},
        capture_output=True,
        text=True,
    )
    assert ended.returncode == 1
    assert ended.stderr == "FORGESYTE_DEVICE must be one of auto, cpu, cuda, not 'tpu'.\n"
