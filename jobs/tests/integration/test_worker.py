"""The worker's own behaviour: what it takes, and how it records."""

from __future__ import annotations

import json
import shutil
import threading
import uuid
from pathlib import Path

import pytest

from jobs.exceptions import StoreClosed
from jobs.models import JobRecord, JobStatus
from jobs.store.owner import INTERRUPTED_ONCE
from jobs.tests.bench import Bench, FakePipeline, raising
from jobs.tests.conftest import owner_of
from pipeline.exceptions import PipelineProcessDied, UnreadableVideo


def test_worker_dequeue(bench: Bench) -> None:
    bench.submit()
    assert bench.store.size() == 1
    bench.worker().run_once()
    assert bench.store.size() == 0


def test_worker_status_transition(bench: Bench) -> None:
    job, seen = bench.submit(), []
    bench.worker(FakePipeline(lambda *_: seen.append(bench.now(job).status))).run_once()
    assert [*seen, bench.now(job).status] == [JobStatus.RUNNING, JobStatus.COMPLETED]


def test_worker_empty_queue(bench: Bench) -> None:
    pipeline = FakePipeline()
    assert bench.worker(pipeline).run_once() is False
    assert pipeline.calls == []


def test_worker_run_once_returns_bool(bench: Bench) -> None:
    bench.submit()
    worker = bench.worker()
    assert worker.run_once() is True
    assert worker.run_once() is False


def test_worker_job_not_found(bench: Bench) -> None:
    owner_of(bench.store).queue.enqueue(uuid.uuid4())
    assert bench.worker().run_once() is False


def test_worker_stops_after_max_jobs(bench: Bench) -> None:
    jobs = [bench.submit() for _ in range(3)]
    assert bench.worker().run_forever(max_jobs=2) == 2
    assert bench.now(jobs[2]).status is JobStatus.PENDING


def test_idle_worker_wakes_for_a_job(bench: Bench) -> None:
    working = threading.Thread(target=bench.worker().run_forever, kwargs={"max_jobs": 1})
    working.start()
    job = bench.submit()
    working.join(timeout=60)
    assert bench.now(job).status is JobStatus.COMPLETED


def test_starting_worker_takes_up_what_a_dead_one_left(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    job = bench.submit()
    bench.store.claim()
    leftover = bench.folder / "tmp" / "results-dead.part"
    leftover.write_bytes(b"[")
    pipeline = FakePipeline()
    worker = bench.worker(pipeline)
    worker.start()
    assert pipeline.started == 1
    assert not leftover.exists()
    assert bench.now(job).error_message == INTERRUPTED_ONCE
    assert f"job {job.job_id}: {INTERRUPTED_ONCE}" in caplog.messages
    assert worker.run_once() is True
    done = bench.now(job)
    assert (done.status, done.error_message) == (JobStatus.COMPLETED, None)


def test_a_folder_that_somebody_removed_is_made_again(bench: Bench) -> None:
    shutil.rmtree(bench.folder / "tmp")
    assert bench.run().status is JobStatus.COMPLETED


def test_leftovers_that_are_not_ours_stay(bench: Bench) -> None:
    temp = bench.folder / "tmp"
    (temp / "results-x.part").mkdir()
    for name in ("results-x.part/mine.txt", "results-y.part", "other.part"):
        (temp / name).touch()
    (temp / "results-z.part").symlink_to(temp / "other.part")
    bench.worker().start()
    left = sorted(path.name for path in temp.rglob("*"))
    assert left == ["mine.txt", "other.part", "results-x.part", "results-z.part"]


@pytest.mark.parametrize("name", ["SIGKILL", "SIGTERM", "SIGINT", "SIGHUP", "SIGALRM"])
def test_child_killed_from_outside_once_does_not_fail_the_job(bench: Bench, name: str) -> None:
    pipeline = raising(PipelineProcessDied(name))
    job = bench.run(pipeline)
    assert job.status is JobStatus.COMPLETED
    assert pipeline.calls == [(bench.storage.load_file(job.input_path), "yolo_ocr")] * 2


@pytest.mark.parametrize(
    "deaths", [["SIGKILL"] * 2, ["SIGALRM"] * 2, ["SIGSEGV"]], ids=["killed", "stuck", "crashed"]
)
def test_child_that_dies_of_the_video_fails_the_job(bench: Bench, deaths: list[str]) -> None:
    pipeline = raising(*map(PipelineProcessDied, deaths))
    failed = bench.run(pipeline)
    assert failed.status is JobStatus.FAILED
    assert failed.error_message == str(PipelineProcessDied(deaths[0]))
    assert bench.run(pipeline).status is JobStatus.COMPLETED


def test_missing_input_fails_the_job(bench: Bench) -> None:
    job = bench.submit()
    bench.storage.delete_file(job.input_path)
    bench.worker().run_once()
    assert bench.now(job).error_message == "The uploaded video is gone. Submit it again."


def test_failed_job_leaves_no_partial_results(bench: Bench) -> None:
    def run(video: Path, pipeline_id: str, results: Path) -> None:
        results.write_bytes(b"[{")
        raise UnreadableVideo

    failed = bench.run(FakePipeline(run))
    assert (failed.error_message, failed.output_path) == (str(UnreadableVideo()), None)
    assert list((bench.folder / "tmp").iterdir()) == []
    assert list((bench.folder / "video_jobs").glob("*_results.json")) == []


def test_results_are_on_disk_before_the_row_says_completed(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    complete, stored = bench.store.complete, []

    def look(job_id: uuid.UUID, output_path: str) -> JobRecord:
        stored.append(json.loads(bench.storage.load_file(output_path).read_bytes()))
        return complete(job_id, output_path)

    monkeypatch.setattr(bench.store, "complete", look)
    job = bench.run()
    assert stored == [[]]
    assert job.output_path == f"video_jobs/{job.job_id}_results.json"
    for path in (bench.folder / "video_jobs").iterdir():
        assert path.stat().st_mode & 0o777 == 0o600, path


def test_closed_store_ends_the_worker(bench: Bench) -> None:
    bench.submit()
    worker = bench.worker(FakePipeline(lambda *_: bench.store.close()))
    for _ in range(2):
        with pytest.raises(StoreClosed):
            worker.run_forever()


def test_closing_ends_the_pipelines_process(bench: Bench) -> None:
    pipeline = FakePipeline()
    bench.worker(pipeline).close()
    assert (pipeline.started, pipeline.stopped) == (0, 1)
