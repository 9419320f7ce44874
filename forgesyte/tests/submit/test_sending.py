"""`manage.py submit` without waiting, against an API that answers what the test says."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from forgesyte.installation import free_port
from forgesyte.submission import calls
from forgesyte.tests.conftest import TINY_MP4
from forgesyte.tests.scripted_api import (
    HANG_UP,
    JOB_ID,
    SUBMITTED,
    UNAVAILABLE,
    Reply,
    ScriptedApi,
)
from forgesyte.tests.submit.conftest import Submit, refusal


def test_the_id_alone_goes_to_standard_output(submit: Submit, api: ScriptedApi) -> None:
    assert submit() == (
        f"{JOB_ID}\n",
        ["Uploading tiny.mp4 (7.7 kB)", f"Its page: {api.url}/jobs/{JOB_ID}"],
    )
    assert TINY_MP4.read_bytes() in api.uploads[0]
    assert b"pipeline_id" not in api.uploads[0]


def test_nothing_but_the_id_is_said_at_verbosity_0(submit: Submit) -> None:
    assert submit(TINY_MP4, "--verbosity=0") == (f"{JOB_ID}\n", [])


def test_the_pipeline_is_sent(submit: Submit, api: ScriptedApi) -> None:
    submit(TINY_MP4, "--pipeline", "coco_ocr")
    assert b'name="pipeline_id"\r\n\r\ncoco_ocr\r\n' in api.uploads[0]


def test_a_file_name_stays_inside_its_quotes(
    submit: Submit, api: ScriptedApi, tmp_path: Path
) -> None:
    video = tmp_path / 'a"b\r\nX: y.mp4'
    video.write_bytes(b"x")
    submit(video)
    assert b'filename="a%22b%0D%0AX: y.mp4"' in api.uploads[0]
    unreadable = tmp_path / os.fsdecode(b"\xff.mp4")
    unreadable.write_bytes(b"x")
    submit(unreadable)
    assert b'filename="?.mp4"' in api.uploads[1]


def test_an_address_with_a_path(submit: Submit, api: ScriptedApi) -> None:
    assert submit(TINY_MP4, url=f"{api.url}/forge/")[1][-1].endswith(f"/forge/jobs/{JOB_ID}")


def test_a_busy_server_is_asked_again(submit: Submit, api: ScriptedApi) -> None:
    api.submit = [UNAVAILABLE, UNAVAILABLE, SUBMITTED]
    out, told = submit()
    assert out == f"{JOB_ID}\n"
    assert told.count("The server is not ready: The job store does not answer.") == 2


# What cannot be sent


def test_files_that_cannot_be_sent(submit: Submit, api: ScriptedApi, tmp_path: Path) -> None:
    empty, pipe = tmp_path / "empty.mp4", tmp_path / "pipe.mp4"
    empty.touch()
    os.mkfifo(pipe)
    missing = tmp_path / "missing.mp4"
    assert refusal(submit, missing) == (2, f"There is no file {missing}.")
    assert refusal(submit, tmp_path) == (2, f"{tmp_path} is a folder. Name an MP4 file.")
    assert refusal(submit, pipe) == (2, f"{pipe} is not a file. Name an MP4 file.")
    assert refusal(submit, empty) == (2, f"{empty} is empty. Name an MP4 file.")
    assert refusal(submit, missing / "x") == (2, f"There is no file {missing / 'x'}.")
    code, message = refusal(submit, TINY_MP4 / "x")
    assert (code, message) == (2, f"{TINY_MP4 / 'x'} cannot be read: Not a directory.")
    assert api.uploads == []


def test_outputs_that_cannot_be_written(submit: Submit, api: ScriptedApi, tmp_path: Path) -> None:
    for output, reason in [
        (tmp_path, "is a folder"),
        (Path("/dev/null"), "is not a file"),
        (tmp_path / "none" / "r.json", "There is no folder"),
        (TINY_MP4 / "r.json", "There is no folder"),
    ]:
        code, message = refusal(submit, TINY_MP4, "--output", output)
        assert code == 2
        assert reason in message
    assert api.uploads == []


@pytest.mark.parametrize(
    ("status", "code"), [(400, 2), (413, 2), (415, 2), (500, 3), (503, 3), (507, 3)]
)
def test_the_server_says_why_it_refuses(
    submit: Submit, api: ScriptedApi, status: int, code: int
) -> None:
    api.submit = [Reply(status, {"detail": "Not \x1b[2Jthis one."}, {"Retry-After": "0"})]
    assert refusal(submit) == (code, "The server refused the video: Not \ufffd[2Jthis one.")
    assert len(api.uploads) == (calls.ATTEMPTS if status == 503 else 1)


# Addresses and connections


@pytest.mark.parametrize(
    "url",
    [
        *("localhost:8000", "ftp://localhost", "http://", "http://a:b@c", "http://c?d"),
        *("http://c:99999", "http://\u00e9/", "http://a b", "http://[::1", "nonsense"),
    ],
)
def test_what_is_no_address(submit: Submit, url: str) -> None:
    code, message = refusal(submit, TINY_MP4, url=url)
    assert code == 2
    assert message.startswith(f"{url!r} is not the address of a server: ")


def test_no_server_is_there(submit: Submit) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    assert refusal(submit, TINY_MP4, url=url) == (
        3,
        f"No server answers at {url}: Connection refused. "
        "Start one with `make run`, or name its address with --url.",
    )


def test_the_connection_breaks_during_the_upload(submit: Submit, api: ScriptedApi) -> None:
    api.submit = [HANG_UP]
    code, message = refusal(submit)
    assert code == 3
    assert message.startswith(f"The connection to {api.url} broke during the upload: ")
    assert len(api.uploads) == 1  # sent again, it could become two jobs


@pytest.mark.parametrize(
    "reply",
    [
        Reply(404, b"<html>"),
        Reply(404, {"detail": "Not Found"}),
        Reply(200, b"Welcome"),
        Reply(202, b"Welcome"),
        Reply(202, {"job_id": "../x"}),
        Reply(202, ["job_id"]),
        Reply(301, b"", {"Location": "https://example.org/"}),
    ],
)
def test_another_server_is_there(submit: Submit, api: ScriptedApi, reply: Reply) -> None:
    api.submit = [reply]
    code, message = refusal(submit)
    assert code == 2
    assert f"answers {reply.status}, but not as ForgeSyte's API does." in message
    assert ("It points to https://example.org/." in message) == (reply.status == 301)
