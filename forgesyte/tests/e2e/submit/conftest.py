"""`manage.py submit` as a test runs it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from forgesyte import api_client
from forgesyte.submission import calls
from forgesyte.tests.conftest import TINY_MP4
from forgesyte.tests.scripted_api import ScriptedApi, serving

Submit = Callable[..., tuple[str, list[str]]]


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Iterator[ScriptedApi]:
    monkeypatch.setattr(api_client, "LAST_POLL_S", 0.01)
    monkeypatch.setattr(calls, "RETRY_S", 0.01)
    with serving() as api:
        yield api


@pytest.fixture
def submit(api: ScriptedApi, capsys: pytest.CaptureFixture[str]) -> Submit:
    """Run the command; its standard output, and the lines of its standard error."""

    def run(*arguments: Any, url: str = "") -> tuple[str, list[str]]:
        words = [str(argument) for argument in arguments] or [str(TINY_MP4)]
        call_command("submit", *words, "--url", url or api.url)
        out, err = capsys.readouterr()
        return out, err.splitlines()

    return run


def refusal(submit: Submit, *arguments: Any, url: str = "") -> tuple[int, str]:
    """The exit code and the message."""
    with pytest.raises(CommandError) as caught:
        submit(*arguments or (TINY_MP4,), url=url)
    return caught.value.returncode, str(caught.value)
