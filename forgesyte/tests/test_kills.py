"""A small run of `manage.py faults kills`: nothing is lost, whatever is killed."""

from __future__ import annotations

from pathlib import Path

from forgesyte.faults import kill_checks, kills
from forgesyte.tests.conftest import TINY_MP4

EXPECTED = b'[{"frame_index":0}]'


def test_no_job_is_lost_when_processes_are_killed(tmp_path: Path, data_dir: Path) -> None:
    assert data_dir == tmp_path / "data"
    outcome = kills.measure(tmp_path, TINY_MP4, jobs=10, kills=4, seed=2, clients=2)
    assert outcome["ok"], outcome
    assert sum(outcome["faults"].values()) == 4
    assert outcome["answered"] == 10


def outcome(data: Path, rows: kill_checks.Rows, files: dict[str, bytes]) -> dict[str, object]:
    (data / "video_jobs").mkdir()
    for job_id, content in files.items():
        (data / "video_jobs" / f"{job_id}_results.json").write_bytes(content)
    rows = {"first": ("completed", "-"), **rows}
    (data / "video_jobs" / "first_results.json").write_bytes(EXPECTED)
    return kill_checks.check_outcome(data, rows, ["a"], EXPECTED)


def test_kill_checks_accept_completed_and_twice_interrupted_jobs(tmp_path: Path) -> None:
    rows = {"a": ("completed", "-"), "b": ("failed", "Interrupted twice: ...")}
    found = outcome(tmp_path, rows, {"a": EXPECTED})
    assert found["ok"] is True
    assert (found["unanswered"], found["completed"], found["failed"]) == (1, 2, 1)


def test_kill_checks_find_a_lost_job(tmp_path: Path) -> None:
    found = outcome(tmp_path, {}, {})
    assert (found["ok"], found["lost"]) == (False, ["a"])


def test_kill_checks_find_an_unfinished_job(tmp_path: Path) -> None:
    found = outcome(tmp_path, {"a": ("running", "-")}, {})
    assert (found["ok"], found["unfinished"]) == (False, 1)


def test_kill_checks_find_partial_results(tmp_path: Path) -> None:
    found = outcome(tmp_path, {"a": ("completed", "-")}, {"a": EXPECTED[:-1]})
    assert (found["ok"], found["wrong_results"]) == (False, ["a"])


def test_kill_checks_find_results_of_a_job_that_is_not_completed(tmp_path: Path) -> None:
    rows = {"a": ("failed", "Interrupted twice: ...")}
    found = outcome(tmp_path, rows, {"a": EXPECTED})
    assert (found["ok"], found["stray_results"]) == (False, ["a_results.json"])
