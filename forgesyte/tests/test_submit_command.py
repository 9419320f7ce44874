"""`manage.py submit` against an API that answers what the test says."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

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
    serving,
    state,
)

RESULTS = {
    "job_id": JOB_ID,
    "results": [
        {
            "frame_index": index,
            "result": {
                "detections": [{"bbox": [0, 0, 1, 1], "class": "text", "confidence": 0.5}] * 2,
                "text": "FORGE 42\n\x1b[31m[red]",
            },
        }
        for index in range(12)
    ],
}
Submit = Callable[..., tuple[str, list[str]]]


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Iterator[ScriptedApi]:
    for name in ("FIRST_POLL_S", "LAST_POLL_S", "RETRY_S"):
        monkeypatch.setattr(calls, name, 0.01)
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
        submit(*arguments, url=url)
    return caught.value.returncode, str(caught.value)


# Without waiting


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


# Waiting


def test_waiting_shows_states_and_findings(submit: Submit, api: ScriptedApi) -> None:
    api.results = [Reply(200, RESULTS)]
    out, told = submit(TINY_MP4, "--wait")
    assert [line.rstrip().split() for line in out.splitlines()] == [
        ["Found", "in", "the", "12", "frames:"],
        ["class", "frames", "detections", "from", "s", "to", "s"],
        ["text", "12", "24", "0.0", "0.9"],
        ["text", "frames", "from", "s", "to", "s"],
        ["FORGE", "42", "12", "0.0", "0.9"],
        ["\ufffd[31m[red]", "12", "0.0", "0.9"],
    ]
    assert [line.split(" s: ")[-1] for line in told[2:-1]] == ["pending", "running", "completed"]
    assert told[-1].endswith(" s after the upload")


def test_nothing_was_found(submit: Submit) -> None:
    assert submit(TINY_MP4, "--wait")[0] == "Nothing was found in the 0 frames.\n"


def test_a_video_that_does_not_tell_its_rate(
    submit: Submit, api: ScriptedApi, tmp_path: Path
) -> None:
    api.results = [Reply(200, RESULTS)]
    (tmp_path / "odd.mp4").write_bytes(b"odd")
    out = submit(tmp_path / "odd.mp4", "--wait")[0].splitlines()
    assert out[1].split()[-4:] == ["from", "frame", "to", "frame"]
    assert out[2].split()[-2:] == ["0", "11"]


def test_the_tables_are_bounded(submit: Submit, api: ScriptedApi) -> None:
    items = [
        {"frame_index": n, "result": {"detections": [], "text": f"line {n}"}} for n in range(40)
    ]
    api.results = [Reply(200, {"results": items})]
    out = submit(TINY_MP4, "--wait")[0].splitlines()
    assert len(out) == 15
    assert out[-1] == "and 28 more in fewer frames"


def test_output_takes_the_place_of_the_old_file(
    submit: Submit, api: ScriptedApi, tmp_path: Path
) -> None:
    api.results = [Reply(200, RESULTS)]
    saved = tmp_path / "saved" / "results.json"
    saved.parent.mkdir()
    saved.write_text("old")
    link = tmp_path / "link.json"
    link.symlink_to(saved)
    told = submit(TINY_MP4, "--output", link)[1]
    assert json.loads(saved.read_text()) == RESULTS
    assert link.is_symlink()
    assert list(saved.parent.iterdir()) == [saved]
    assert told[-1] == f"Results saved to {link}"


@pytest.mark.parametrize(
    ("reply", "code", "reason"),
    [
        (Reply(200, b'{"results": [', length=1000), 3, "could not be fetched"),
        (Reply(200, b"<html>"), 2, "holds no results"),
        (Reply(404, {"detail": "It has been removed."}), 1, "It has been removed."),
        (UNAVAILABLE, 3, "could not be fetched: The job store does not answer."),
        (HANG_UP, 3, "could not be fetched"),
    ],
)
def test_output_is_untouched_when_there_are_no_results(
    submit: Submit, api: ScriptedApi, tmp_path: Path, reply: Reply, code: int, reason: str
) -> None:
    api.results = [reply]
    saved = tmp_path / "results.json"
    saved.write_text("old")
    got, message = refusal(submit, TINY_MP4, "--output", saved)
    assert (got, reason in message) == (code, True), message
    assert saved.read_text() == "old"
    assert list(tmp_path.iterdir()) == [saved]


def test_results_that_break_off_are_fetched_again(
    submit: Submit, api: ScriptedApi, tmp_path: Path
) -> None:
    api.results = [Reply(200, b'{"results": [', length=1000), Reply(200, RESULTS)]
    submit(TINY_MP4, "--output", tmp_path / "r.json")
    assert json.loads((tmp_path / "r.json").read_text()) == RESULTS


def test_a_failed_job(submit: Submit, api: ScriptedApi) -> None:
    api.status = [state("failed", error_message="The MP4 is cut off.")]
    assert refusal(submit, TINY_MP4, "--wait") == (1, "The job failed: The MP4 is cut off.")


def test_a_job_that_is_gone(submit: Submit, api: ScriptedApi) -> None:
    api.status = [state("running"), Reply(404, {"detail": "There is no job with this id."})]
    assert refusal(submit, TINY_MP4, "--wait") == (
        1,
        f"The job {JOB_ID} is gone: There is no job with this id.",
    )


def test_a_server_that_is_away_for_a_moment(submit: Submit, api: ScriptedApi) -> None:
    api.status = [HANG_UP, UNAVAILABLE, Reply(502, b"<html>"), state("completed")]
    told = submit(TINY_MP4, "--wait")[1]
    assert [line.partition("trying again. ")[2] for line in told[3:5]] == [
        "The job store does not answer.",
        "It answers 502.",
    ]


def test_a_server_that_stays_away(
    submit: Submit, api: ScriptedApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calls, "PATIENCE_S", 0.1)
    api.status = [state("running"), HANG_UP]
    code, message = refusal(submit, TINY_MP4, "--wait")
    assert code == 3
    assert message.startswith(f"{api.url} has not answered for 0.1 seconds: ")
    assert f"curl {api.url}/v1/video/status/{JOB_ID}" in message
