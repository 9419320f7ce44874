"""What must hold after processes were killed."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

from forgesyte.installation import Installation
from forgesyte.managed_process import ProcessFailed

Rows = dict[str, tuple[str, str]]

QUERY = "SELECT job_id, status, coalesce(error_message, '-') FROM jobs"
# The only reasons for which a job may fail here: interrupted twice, by whatever was killed.
REASONS = ("Interrupted twice", "SIGKILL")


def read_rows(installation: Installation) -> Rows:
    """Status and error message of every job, by `dbshell`: it opens the store if nobody has it."""
    shell = installation.command("dbshell", "--", "-c", QUERY)
    if shell.wait_end() != 0:
        raise ProcessFailed(f"The job store cannot be read: {shell.failure()}")
    lines = [line.split(" | ") for line in shell.output().splitlines()]
    return {
        job_id.strip(): (status.strip(), error.strip())
        for job_id, status, error in (line for line in lines if len(line) == 3)
        if job_id.strip() != "job_id"
    }


def check_outcome(data: Path, rows: Rows, answered: list[str], expected: bytes) -> dict[str, Any]:
    """Counts of what was found, and `ok` when nothing is lost, unfinished or partial.

    `answered` are the ids that a client got; a client that got none has submitted again, so
    there may be more rows. `expected` is the undisturbed results file.
    """
    statuses = Counter(status for status, _ in rows.values())
    lost = [job_id for job_id in answered if job_id not in rows]
    completed = {job_id for job_id, (status, _) in rows.items() if status == "completed"}
    wrong = [job_id for job_id in completed if _differs(_results(data, job_id), expected)]
    stray = [
        path.name
        for path in (data / "video_jobs").glob("*_results.json")
        if path.name.removesuffix("_results.json") not in completed
    ]
    unexplained = [
        f"{job_id}: {error}"
        for job_id, (status, error) in rows.items()
        if status == "failed" and not any(reason in error for reason in REASONS)
    ]
    unfinished = statuses["pending"] + statuses["running"]
    distinct = len(set(answered)) == len(answered)
    return {
        "answered": len(answered),
        "unanswered": len(set(rows) - set(answered)) - 1,  # less the undisturbed one
        "completed": statuses["completed"],
        "failed": statuses["failed"],
        "lost": lost,
        "unfinished": unfinished,
        "wrong_results": wrong,
        "stray_results": stray,
        "unexplained_failures": unexplained,
        "ok": distinct and not (lost or unfinished or wrong or stray or unexplained),
    }


def _results(data: Path, job_id: str) -> Path:
    return data / "video_jobs" / f"{job_id}_results.json"


def _differs(path: Path, expected: bytes) -> bool:
    """Whether a results file is missing, no JSON array, or other than the undisturbed one."""
    try:
        content = path.read_bytes()
        return not isinstance(json.loads(content), list) or content != expected
    except (OSError, ValueError):
        return True
