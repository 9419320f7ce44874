"""`manage.py submit --wait` and `--output`, against an API that answers what the test says."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from forgesyte import api_client
from forgesyte.tests.conftest import TINY_MP4
from forgesyte.tests.e2e.submit.conftest import Submit, refusal
from forgesyte.tests.scripted_api import (
    HANG_UP,
    JOB_ID,
    UNAVAILABLE,
    Reply,
    ScriptedApi,
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


def test_waiting_shows_states_and_findings(submit: Submit, api: ScriptedApi) -> None:
    api.results = [Reply(200, RESULTS)]
    out, told = submit(TINY_MP4, "--wait")
    assert out.splitlines() == [
        "12 frames, 24 detections: 24 text",
        "  0:00.0 - 0:01.0  FORGE 42",
        "  0:00.0 - 0:01.0  \ufffd[31m[red]",
    ]
    states = [f"tiny.mp4 is {status}" for status in ("pending", "running", "completed")]
    assert [line.split(" s: ")[-1] for line in told[2:-1]] == states
    assert told[-1].startswith("tiny.mp4 completed after ")


def test_nothing_was_found(submit: Submit) -> None:
    assert submit(TINY_MP4, "--wait")[0] == "0 frames, 0 detections\n"


def test_a_video_that_does_not_tell_its_rate(
    submit: Submit, api: ScriptedApi, tmp_path: Path
) -> None:
    api.results = [Reply(200, RESULTS)]
    (tmp_path / "odd.mp4").write_bytes(b"odd")
    out = submit(tmp_path / "odd.mp4", "--wait")[0].splitlines()
    assert out[1] == "  frame 0 - frame 12  FORGE 42"


def test_the_whole_text(submit: Submit, api: ScriptedApi) -> None:
    api.results = [Reply(200, RESULTS)]
    assert submit(TINY_MP4, "--text")[0].splitlines() == [
        "00:00:00.000 - 00:00:01.000  FORGE 42",
        "00:00:00.000 - 00:00:01.000  \ufffd[31m[red]",
    ]


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
    submit(TINY_MP4, "--output", tmp_path)
    assert json.loads((tmp_path / "tiny_results.json").read_text()) == RESULTS


def test_results_on_standard_output(submit: Submit, api: ScriptedApi) -> None:
    api.results = [Reply(200, RESULTS)]
    out, told = submit(TINY_MP4, "--output", "-")
    assert json.loads(out) == RESULTS
    assert "  0:00.0 - 0:01.0  FORGE 42" in told


@pytest.mark.parametrize(
    ("reply", "code", "reason"),
    [
        (Reply(200, b'{"results": [', length=1000), 3, "could not be fetched"),
        (Reply(200, b"<html>"), 2, "has no results"),
        (Reply(404, {"detail": "It has been removed."}), 1, "It has been removed."),
        (UNAVAILABLE, 3, "could not be fetched: The job store is not responding."),
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
    api.status = [state("running"), Reply(404, {"detail": "There is no job with this ID."})]
    assert refusal(submit, TINY_MP4, "--wait") == (
        1,
        f"The job {JOB_ID} is gone: There is no job with this ID.",
    )


def test_a_server_that_is_away_for_a_moment(submit: Submit, api: ScriptedApi) -> None:
    api.status = [HANG_UP, UNAVAILABLE, Reply(502, b"<html>"), state("completed")]
    told = submit(TINY_MP4, "--wait")[1]
    assert [line.partition("trying again. ")[2] for line in told[3:5]] == [
        "The job store is not responding.",
        "It returned 502.",
    ]


def test_a_server_that_stays_away(
    submit: Submit, api: ScriptedApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api_client, "PATIENCE_S", 0.1)
    api.status = [state("running"), HANG_UP]
    code, message = refusal(submit, TINY_MP4, "--wait")
    assert code == 3
    assert message.startswith(f"{api.url} has not answered for 0.1 seconds: ")


def test_frames_that_cannot_be_read_are_told_of(submit: Submit, api: ScriptedApi) -> None:
    """One packet of this video is destroyed: 49 of 50 frames are shown."""
    items = [
        {"frame_index": n, "result": {"detections": [], "text": f"FRAME {n}"}} for n in (0, 48)
    ]
    blank = {"detections": [], "text": ""}
    items[1:1] = [{"frame_index": n, "result": blank} for n in range(1, 48)]
    api.results = [Reply(200, {"results": items})]

    out, told = submit(TINY_MP4.parents[1] / "data" / "bad_middle.mp4", "--wait")

    assert told[-1] == "1 frame could not be read: the video is damaged there."
    assert out.splitlines()[-1] == "  0:04.9 - 0:05.0  FRAME 48"
