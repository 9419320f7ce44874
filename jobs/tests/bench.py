"""Where worker tests run: an installation, and a pipeline that does what the test says."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from jobs.models import JobRecord
from jobs.storage.base import StorageService
from jobs.store.gateway import JobStoreGateway
from jobs.worker import JobWorker
from pipeline.process import PipelineProcess
from pipeline.results import RunSummary

Run = Callable[[Path, str, Path], object]


class FakePipeline(PipelineProcess):
    """In place of a child process: `run` takes the video, the pipeline's ID and the results' path,
    which are empty unless it writes them."""

    def __init__(self, run: Run = lambda video, pipeline_id, results: None) -> None:
        self._run = run
        self.calls: list[tuple[Path, str]] = []
        self.child: int | None = None
        self.started = self.stopped = 0

    @property
    def pid(self) -> int | None:
        return self.child

    def start(self) -> None:
        self.started += 1

    def stop(self) -> None:
        self.stopped += 1

    def wait_ready(self, timeout: float) -> bool:
        return True

    def run(
        self,
        video: Path,
        pipeline_id: str,
        results: Path,
        frame_stride: int = 1,
        max_frames: int | None = None,
        progress: object = None,
    ) -> RunSummary:
        self.calls.append((video, pipeline_id))
        self._run(video, pipeline_id, results)
        if not results.exists():
            results.write_bytes(b"[]")
        return RunSummary(frames=0, detections=0)


def raising(*errors: BaseException) -> FakePipeline:
    """A pipeline that raises each of the errors once, then works."""
    left = list(errors)

    def run(*arguments: object) -> None:
        if left:
            raise left.pop(0)

    return FakePipeline(run)


class Bench:
    """An installation with a worker that never waits long."""

    def __init__(
        self,
        store: JobStoreGateway,
        storage: StorageService,
        folder: Path,
        submit: Callable[[], JobRecord],
        patch: pytest.MonkeyPatch,
    ) -> None:
        self.store, self.storage, self.folder, self.submit = store, storage, folder, submit
        self._patch = patch
        (folder / "tmp").mkdir()
        for pause in ("RETRY_S", "DISK_RETRY_S"):
            patch.setattr(f"jobs.worker.{pause}", 0.01)

    def worker(self, pipeline: FakePipeline | None = None) -> JobWorker:
        return JobWorker(self.store, self.storage, pipeline or FakePipeline(), self.folder / "tmp")

    def run(self, pipeline: FakePipeline | None = None) -> JobRecord:
        """Submit a job and run it; the job as it is then."""
        job = self.submit()
        assert self.worker(pipeline).run_once() is True
        return self.now(job)

    def now(self, job: JobRecord) -> JobRecord:
        return self.store.get(job.job_id)

    def refuse(self, operation: str, *errors: BaseException) -> None:
        """Let an operation of the store raise each of the errors once."""
        call, left = getattr(self.store, operation), list(errors)

        def later(*arguments: object) -> object:
            if left:
                raise left.pop(0)
            return call(*arguments)

        self._patch.setattr(self.store, operation, later)
