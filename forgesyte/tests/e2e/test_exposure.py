"""`serve` and `run_all` are reached from other machines with a good key alone."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from forgesyte import exposure
from forgesyte.exposure import advice, is_local, refusal, weakness
from forgesyte.tests.conftest import Manage

GOOD = "vG4kq0Rz_9sN2bWm7Xc1LpT5yHd8JfA3eUo6iQxKtZrSnBwCgVh"


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.9.10", "::1", "localhost"])
def test_local(host: str) -> None:
    assert is_local(host)
    assert refusal(host, "") is None


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "", "192.0.2.1", "2001:db8::1", "no such name"])
def test_not_local(host: str) -> None:
    assert not is_local(host)
    assert refusal(host, GOOD) is None
    assert "FORGESYTE_SECRET_KEY is not set" in str(refusal(host, ""))


def test_settings_that_others_need() -> None:
    local = ["localhost", "127.0.0.1", "[::1]"]
    assert "FORGESYTE_ALLOWED_HOSTS (localhost, 127.0.0.1, [::1])" in str(advice("0.0.0.0", local))
    assert advice("0.0.0.0", [*local, "videos.example.org"]) is None
    assert advice("127.0.0.1", local) is None


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("", "is not set"),
        (GOOD[:49], "has fewer than 50 characters"),
        ("django-insecure-" + GOOD, "begins with django-insecure, as an example does"),
        ("abcd" * 20, "has fewer than 5 different characters"),
        (GOOD, None),
    ],
)
def test_weak_keys(key: str, expected: str | None) -> None:
    assert weakness(key) == expected


def test_the_command_in_the_message_makes_a_good_key() -> None:
    made = subprocess.run(
        ["/bin/sh", "-c", exposure.MAKE_KEY], capture_output=True, text=True, check=True
    )
    assert weakness(made.stdout.strip()) is None


@pytest.mark.parametrize(("command", "key"), [("serve", ""), ("run_all", "known-to-me-alone")])
def test_it_is_refused_and_touches_nothing(
    manage: Manage, data_dir: Path, command: str, key: str
) -> None:
    done = manage(command, "--host", "0.0.0.0", "--port", "0", FORGESYTE_SECRET_KEY=key)
    assert done.returncode == 1
    assert done.stderr.startswith("CommandError: Other machines can reach --host '0.0.0.0'")
    assert exposure.MAKE_KEY in done.stderr
    assert done.stderr.count("\n") == 1
    assert "known-to-me-alone" not in done.stderr
    assert [path.name for path in data_dir.iterdir()] == ["cache"]
