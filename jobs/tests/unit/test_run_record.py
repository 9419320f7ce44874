"""What the worker notes about a run, for the job's page."""

from __future__ import annotations

import json
from array import array
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from jobs.exceptions import StorageFull
from jobs.models import JobRecord, JobStatus
from jobs.run_record import RunRecord, load_run_record, load_times, save_times
from jobs.storage.base import StorageService
from jobs.storage.names import digest_name, times_name
from jobs.tests.bench import Bench, FakePipeline, raising
from pipeline.exceptions import UnreadableVideo
from pipeline.results import RunSummary
from pipeline.video.facts import VideoFacts


def test_completed_run_is_noted(bench: Bench) -> None:
    before = datetime.now(UTC)
    record = load_run_record(bench.storage, bench.run().job_id)
    assert record is not None
    assert before <= record.started_at <= record.finished_at <= datetime.now(UTC)
    assert (record.frames, record.detections) == (0, 0)


def test_failed_run_is_noted(bench: Bench) -> None:
    record = load_run_record(bench.storage, bench.run(raising(UnreadableVideo())).job_id)
    assert record is not None
    assert record.frames is None


class Digesting(FakePipeline):
    """A pipeline that makes a digest."""

    def run(self, *args: Any, **kwargs: Any) -> RunSummary:
        return replace(super().run(*args, **kwargs), digest=b"PK")


def test_digest_is_there_before_the_job_is_completed(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    complete, seen = bench.store.complete, []

    def watched(*args: Any) -> JobRecord:
        digest = bench.storage.load_file(digest_name(args[0]))
        seen.append((digest.read_bytes(), digest.stat().st_mode & 0o777))
        return complete(*args)

    monkeypatch.setattr(bench.store, "complete", watched)
    bench.run(Digesting())
    assert seen == [(b"PK", 0o600)]


@pytest.mark.parametrize("ending", ["_run.json", "_digest.zip", "_times.bin"])
def test_job_does_not_fail_by_its_record(
    ending: str, bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    save = bench.storage.save_file

    def refuse_records(src: Path, dest_path: str) -> str:
        if dest_path.endswith(ending):
            raise StorageFull
        return save(src, dest_path)

    monkeypatch.setattr(bench.storage, "save_file", refuse_records)
    assert bench.run(Digesting()).status is JobStatus.COMPLETED
    assert list((bench.folder / "tmp").iterdir()) == []


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"{}", b'{"started_at": 3}', b"\xff", b'"' + bytes(10_000)]
)
def test_damaged_record_is_none(content: bytes, bench: Bench, tmp_path: Path) -> None:
    job = bench.submit()
    (tmp_path / f"video_jobs/{job.job_id}_run.json").write_bytes(content)

    assert load_run_record(bench.storage, job.job_id) is None


def test_record_is_plain_json(tmp_path: Path) -> None:
    moment = datetime(2026, 11, 22, 19, 30, tzinfo=UTC)
    video = VideoFacts(((0, 640, 360), (9, 480, 640)), 1.0, 12, 2.4, "h264")
    record = RunRecord(moment, moment, 12, 30, 1, video)

    text = json.dumps(record.as_json(), sort_keys=True)

    assert text == (
        '{"detections": 30, "finished_at": "2026-11-22T19:30:00Z", "frames": 12,'
        ' "started_at": "2026-11-22T19:30:00Z", "unreadable": 1, "video":'
        ' {"codec": "h264", "duration_s": 2.4, "frames": 12, "pixel_aspect": 1.0,'
        ' "sizes": [[0, 640, 360], [9, 480, 640]]}}'
    )
    assert RunRecord.from_json(json.loads(text)) == record


def test_record_of_an_earlier_release() -> None:
    value = {
        "started_at": "2026-11-22T19:30:00Z",
        "finished_at": "2026-11-22T19:30:00Z",
        "frames": 12,
        "detections": 30,
    }

    record = RunRecord.from_json(value)

    assert (record.frames, record.unreadable, record.video) == (12, None, None)


def test_times_of_frames(
    storage: StorageService, submit: Callable[[], JobRecord], tmp_path: Path
) -> None:
    job = submit()
    save_times(storage, tmp_path / "part", job.job_id, array("d", [0.0, 0.04, 60.0]))

    assert load_times(tmp_path / times_name(job.job_id)) == array("d", [0.0, 0.04, 60.0])


def test_damaged_times_are_none(tmp_path: Path) -> None:
    (tmp_path / "times").write_bytes(b"\0" * 13)

    assert not load_times(tmp_path / "times")
    assert not load_times(tmp_path / "missing")
