"""No secret is in git: no key, no token, nothing of a data folder."""

from __future__ import annotations

import re
import subprocess
from pathlib import PurePosixPath

import pytest

from governance.validate_phase16_path import ROOT

# As those who hand them out write them.
SECRET = re.compile(
    rb"-----BEGIN [A-Z ]*PRIVATE KEY"
    rb"|\b(AKIA|ASIA)[0-9A-Z]{16}\b"
    rb"|\bgh[pousr]_[A-Za-z0-9]{36}|\bgithub_pat_\w{50}|\bglpat-[\w-]{20}"
    rb"|\bxox[abeprs]-[\w-]{20}|\bsk_live_\w{20}|\bAIza[\w-]{35}"
    rb"|\bpypi-[\w-]{50}|\bhf_[A-Za-z0-9]{30}"
    rb"|\beyJ[\w-]{15,}\.eyJ[\w-]{15,}\.[\w-]{15,}"
    rb"|SECRET_KEY['\"]?\s*[=:]\s*['\"]?[\w!@#$%^&*()+-]{20}"
)
# Files that hold secrets, and what a running installation writes.
NAMES = [
    "*.pem",
    "*.key",
    "*.p12",
    "*.pfx",
    ".env*",
    "id_*",
    "*.duckdb",
    "*.wal",
    ".netrc",
    ".pypirc",
]


def forbidden_name(name: str) -> bool:
    path = PurePosixPath(name)
    if path.parts[0] == "data":
        return name != "data/.gitkeep"
    return any(path.match(pattern) for pattern in NAMES)


def test_no_secret_is_tracked() -> None:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True)
    if listed.returncode:
        pytest.skip("this tree is no git clone")
    names = [name for name in listed.stdout.split("\0") if (ROOT / name).is_file()]
    assert len(names) > 100
    assert [name for name in names if forbidden_name(name)] == []
    assert [name for name in names if SECRET.search((ROOT / name).read_bytes())] == []


@pytest.mark.parametrize(
    "words",
    [
        ("-----BEGIN ", "RSA PRIVATE KEY-----"),
        ("-----BEGIN ", "PRIVATE KEY-----"),
        ("AKI", "A" + "Z" * 16),
        ("gh", "p_" + "a" * 36),
        ("FORGESYTE_SECRET", "_KEY=" + "x7" * 25),
        ('SECRET_KEY = "', "django-insecure-" + "a" * 40 + '"'),
        ("eyJ" + "a" * 20 + ".", "eyJ" + "b" * 20 + "." + "c" * 40),
    ],
)
def test_a_secret_is_found(words: tuple[str, str]) -> None:
    assert SECRET.search("".join(words).encode())


@pytest.mark.parametrize("name", ["data/foregsyte.duckdb", "data/run/store.key", "x/a.pem", ".env"])
def test_a_file_of_secrets_is_found(name: str) -> None:
    assert forbidden_name(name)
    assert not forbidden_name("data/.gitkeep")
