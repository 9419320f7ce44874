"""`manage.py submit` without waiting, against an API that answers what the test says."""

from __future__ import annotations

import base64
import os
from pathlib import Path

import pytest

from forgesyte.installation import free_port
from forgesyte.submission import calls
from forgesyte.tests.conftest import TINY_MP4
from forgesyte.tests.e2e.submit.conftest import Submit, refusal
from forgesyte.tests.scripted_api import (
    HANG_UP,
    JOB_ID,
    SUBMITTED,
    UNAVAILABLE,
    Reply,
    ScriptedApi,
    state,
)

SAMPLE = TINY_MP4.parents[2] / "samples" / "sample.mp4"
BASIC = f"Basic {base64.b64encode(b'user:secret').decode()}"


def test_the_id_alone_goes_to_standard_output(submit: Submit, api: ScriptedApi) -> None:
    assert submit() == (
        f"{JOB_ID}\n",
        ["Uploading tiny.mp4 (7.6 KB)", f"Job {JOB_ID}, {api.url}/jobs/{JOB_ID}"],
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


def test_a_busy_server_is_asked_again(submit: Submit, api: ScriptedApi) -> None:
    api.submit = [UNAVAILABLE, UNAVAILABLE, SUBMITTED]
    out, told = submit()
    assert out == f"{JOB_ID}\n"
    assert told.count("The server is not ready: The job store is not responding.") == 2


# Several videos


def test_files_folders_and_patterns(submit: Submit, api: ScriptedApi, tmp_path: Path) -> None:
    for name in ("b.mp4", "a.MOV", "notes.txt", "more/c.mp4", "more/d.mp4"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    out, told = submit(tmp_path, tmp_path / "b.mp4", tmp_path / "*" / "[cd].mp4")
    sent = [tmp_path / name for name in ("a.MOV", "b.mp4", "more/c.mp4", "more/d.mp4")]
    assert out == f"{JOB_ID}\n" * 4
    assert told[-4:] == [f"{video}: job {JOB_ID}" for video in sent]


def test_of_several_videos_each_is_tried(submit: Submit, api: ScriptedApi, tmp_path: Path) -> None:
    api.submit = [Reply(400, {"detail": "No MP4."}), SUBMITTED]
    api.status = [state("failed", error_message="Damaged.")]
    missing = tmp_path / "missing.mp4"
    with pytest.raises(SystemExit) as ended:
        submit(TINY_MP4, missing, SAMPLE, "--wait")
    assert ended.value.code == 2
    assert len(api.uploads) == 2


def test_no_more_is_sent_to_a_server_that_is_away(
    submit: Submit, api: ScriptedApi, capsys: pytest.CaptureFixture[str]
) -> None:
    api.submit = [SUBMITTED, HANG_UP]
    with pytest.raises(SystemExit) as ended:
        submit(TINY_MP4, SAMPLE, TINY_MP4.with_name("other.mp4"), "--wait")
    assert ended.value.code == 3
    told = capsys.readouterr().err.splitlines()
    assert [line.partition(": ")[2].split(" ")[0] for line in told[-3:]] == [
        "completed,",
        "The",
        "not",
    ]


def test_the_results_of_several_videos(submit: Submit, api: ScriptedApi, tmp_path: Path) -> None:
    videos = (TINY_MP4, SAMPLE)
    out, told = submit(*videos, "--output", tmp_path)
    assert out.splitlines()[::2] == [f"{video}:" for video in videos]
    assert {path.name for path in tmp_path.iterdir()} == {
        "tiny_results.json",
        "sample_results.json",
    }
    assert told[-2:] == [f"{video}: completed, job {JOB_ID}" for video in videos]
    for output, reason in [
        ("-", "takes only one video"),
        (tmp_path / "r.json", "is not a folder"),
    ]:
        assert reason in refusal(submit, *videos, "--output", output)[1]
    (tmp_path / "tiny.mp4").write_bytes(b"x")
    twins = (TINY_MP4, tmp_path / "tiny.mp4")
    assert "Two videos would be written to" in (refusal(submit, *twins, "--output", tmp_path)[1])


# What cannot be sent


def test_files_that_cannot_be_sent(submit: Submit, api: ScriptedApi, tmp_path: Path) -> None:
    empty, pipe, missing = (tmp_path / f"{name}.mp4" for name in ("empty", "pipe", "missing"))
    empty.touch()
    os.mkfifo(pipe)
    (folder := tmp_path / "folder").mkdir()
    cases: list[tuple[list[object], str]] = [
        ([missing], f"There is no file {missing}."),
        ([missing / "x"], f"There is no file {missing / 'x'}."),
        ([tmp_path / "*.avi"], f"There is no video at {tmp_path / '*.avi'} (.mp4, .m4v, .mov)."),
        ([folder], f"There is no video at {folder} (.mp4, .m4v, .mov)."),
        ([pipe], f"{pipe} is not a file. Give an MP4 file."),
        ([empty], f"{empty} is empty. Give an MP4 file."),
        ([TINY_MP4 / "x"], f"{TINY_MP4 / 'x'} cannot be read: Not a directory."),
        ([TINY_MP4, "--output", "/dev/null"], "/dev/null is not a file."),
    ]
    for arguments, message in cases:
        assert refusal(submit, *arguments) == (2, message)
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
    ["ftp://localhost", "http://", "http://c?d", "http://c:99999", "http://a b", "http://[::1"],
)
def test_what_is_no_address(submit: Submit, url: str) -> None:
    code, message = refusal(submit, TINY_MP4, url=url)
    assert code == 2
    assert message.startswith(f"{url!r} is not the address of a server: ")


def test_an_address_of_host_port_user_and_prefix(submit: Submit, api: ScriptedApi) -> None:
    address = api.url.replace("http://", "user:secret@") + "/forge/"
    assert submit(TINY_MP4, "--header", "X-Key: a:b", url=address)[1][-1] == (
        f"Job {JOB_ID}, {api.url}/forge/jobs/{JOB_ID}"
    )
    assert api.headers[0]["Authorization"] == BASIC
    assert api.headers[0]["X-Key"] == "a:b"


def test_the_proxy_and_the_passwords_of_the_environment(
    submit: Submit, api: ScriptedApi, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", api.url)
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    (tmp_path / "netrc").write_text("machine 192.0.2.1 login user password secret")
    submit(TINY_MP4, url="192.0.2.1:8000")
    assert (api.headers[0]["Host"], api.headers[0]["Authorization"]) == ("192.0.2.1:8000", BASIC)
    submit()  # this machine's own server is called directly
    assert api.headers[1]["Host"] == api.url.removeprefix("http://")
    (tmp_path / "netrc").write_text("nonsense")
    assert "netrc cannot be read: bad toplevel token" in refusal(submit, url="192.0.2.1")[1]


def test_a_server_that_asks_for_a_password(submit: Submit, api: ScriptedApi) -> None:
    api.submit = [Reply(401, b"<html>", {"WWW-Authenticate": "Basic"})]
    code, message = refusal(submit)
    assert (code, "(https://USER:PASSWORD@HOST) or ~/.netrc" in message) == (2, True)
    url = api.url.replace("://", "://user:wrong@")
    assert refusal(submit, url=url)[1] == (f"{api.url} rejected this user and password (401).")


def test_a_proxy_answers_for_the_server(submit: Submit, api: ScriptedApi) -> None:
    api.submit = [Reply(413, b"<html>"), Reply(502, b"<html>")]
    assert refusal(submit) == (
        2,
        f"The proxy at {api.url} rejects files of this size (413). Raise its limit.",
    )
    code, message = refusal(submit)
    assert (code, message) == (
        3,
        f"The proxy at {api.url} returned 502; ForgeSyte may be down.",
    )


def test_a_server_with_or_without_tls(submit: Submit, api: ScriptedApi) -> None:
    api.submit = [Reply(400, b"The plain HTTP request was sent to HTTPS port")]
    assert refusal(submit) == (2, f"{api.url} speaks TLS. Try https:// in --url.")
    url = api.url.replace("http", "https")
    assert refusal(submit, url=url) == (2, f"There is no TLS at {url}. Try http:// in --url.")
    assert "no-certificates is not a file of certificates" in (
        refusal(submit, TINY_MP4, "--cacert", "no-certificates", url=url)[1]
    )


def test_no_server_is_there(submit: Submit) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    assert refusal(submit, TINY_MP4, url=url) == (
        3,
        f"No server is responding at {url}: Connection refused. "
        "Start one with `make run`, or give its address with --url.",
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
    assert f"returned {reply.status} but is not ForgeSyte's API." in message
    assert ("It points to https://example.org/." in message) == (reply.status == 301)
