"""`manage.py submit` as a person sees it on a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from forgesyte.tests.conftest import TINY_MP4
from forgesyte.tests.scripted_api import JOB_ID, Reply, ScriptedApi, serving, state
from forgesyte.tests.terminal import COLOUR, CTRL_C, Terminal

TEXT = "A line that is far too long for a terminal of forty columns"


@pytest.fixture
def api() -> Iterator[ScriptedApi]:
    with serving() as api:
        found = {"detections": [{"class": "text"}], "text": TEXT}
        api.status[1:1] = [state("running")] * 20
        api.results = [Reply(200, {"results": [{"frame_index": 11, "result": found}]})]
        yield api


@pytest.fixture
def large(tmp_path: Path) -> Path:
    """Takes some time to be sent, and none of the disk."""
    video = tmp_path / "large.mp4"
    with video.open("wb") as file:
        file.truncate(50_000_000)
    return video


def test_a_job_on_a_terminal(api: ScriptedApi, large: Path) -> None:
    with Terminal("submit", str(large), "--url", api.url, "--wait") as terminal:
        assert terminal.end() == 0
    assert COLOUR.search(terminal.raw)
    shown = terminal.text
    for text in ("Uploading ━", " of 47.7 MB", "Storing ━", "Uploaded large.mp4 (47.7 MB) in"):
        assert text in shown
    states = "large.mp4 is running", "large.mp4 completed"
    for text in (f"Job {JOB_ID}", *states, "1 frame, 1 detection", TEXT):
        assert text in shown
    assert terminal.raw.count("\x1b[?25l") == terminal.raw.count("\x1b[?25h")  # the cursor is back


def test_a_narrow_terminal_without_colours(api: ScriptedApi) -> None:
    arguments = ("submit", str(TINY_MP4), "--url", api.url, "--wait")
    with Terminal(*arguments, columns=40, NO_COLOR="1") as terminal:
        assert terminal.end() == 0
    assert not COLOUR.search(terminal.raw)
    assert f"  0:00.9 - 0:01.0  {TEXT}" in terminal.text


def test_a_terminal_that_can_only_print(api: ScriptedApi) -> None:
    arguments = ("submit", str(TINY_MP4), "--url", api.url, "--wait", "--no-color")
    with Terminal(*arguments, TERM="dumb") as terminal:
        assert terminal.end() == 0
    assert "\x1b" not in terminal.raw
    assert "Uploading tiny.mp4 (7.6 KB)" in terminal.text


def test_ctrl_c_leaves_the_job_alone_and_says_where_it_is(api: ScriptedApi) -> None:
    api.status = [state("running")]
    with Terminal("submit", str(TINY_MP4), "--url", api.url, "--wait") as terminal:
        terminal.wait_for("running")
        terminal.press(CTRL_C)
        assert terminal.end() == 130
    assert "Stopped waiting; the job continues:" in terminal.text
    assert f"{api.url}/jobs/{JOB_ID}" in terminal.text
    assert "Traceback" not in terminal.text
    assert terminal.raw.count("\x1b[?25l") == terminal.raw.count("\x1b[?25h")


def test_ctrl_c_during_the_upload(api: ScriptedApi, large: Path) -> None:
    with large.open("r+b") as file:
        file.truncate(20_000_000_000)
    with Terminal("submit", str(large), "--url", api.url) as terminal:
        terminal.wait_for("of 18.6 GB")
        terminal.press(CTRL_C)
        assert terminal.end() == 130
    assert "Stopped before the upload was complete." in terminal.text
