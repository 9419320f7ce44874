"""What the tests of jobs share."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from rest_framework.test import APIClient
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from jobs import composition
from jobs.database import open_engine
from jobs.models import JobRecord, JobStatus
from jobs.queue.memory import MemoryQueueService
from jobs.storage.base import StorageService
from jobs.store.base import JobStore
from jobs.store.gateway import JobStoreGateway
from jobs.store.owner import OwnedJobStore
from jobs.tests.bench import Bench
from jobs.tests.store_process import gateway
from jobs.worker import JobWorker
from pipeline.config import PipelineConfig
from pipeline.process import PipelineProcess

FIXTURES = Path(__file__).parents[2] / "pipeline" / "tests" / "fixtures"
MP4_HEAD = b"\0\0\0\x18ftypisom\0\0\2\0isomiso2mp41"


SubmitVideo = Callable[[bytes], JobRecord]


@pytest.fixture
def engine() -> Iterator[Engine]:
    """A migrated in-memory database; gone with its engine."""
    engine = open_engine(f":memory:{uuid.uuid4().hex}")
    yield engine
    engine.dispose()


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    with Session(engine) as session:
        yield session


@pytest.fixture
def owned(engine: Engine) -> Iterator[OwnedJobStore]:
    store = OwnedJobStore(engine, MemoryQueueService)
    yield store
    store.close()


def forget_built() -> None:
    """Let store and storage be built from the current settings."""
    for built in (composition.job_store, composition.storage, composition.temp_folder):
        built.cache_clear()


@pytest.fixture
def data_folder(tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An installation of its own: temporary data folder, in-memory database."""
    settings.DATA_DIR = tmp_path
    settings.JOB_STORAGE = {**settings.JOB_STORAGE, "OPTIONS": {"root": tmp_path}}
    name = f":memory:{uuid.uuid4().hex}"
    monkeypatch.setitem(settings.DATABASES["default"], "NAME", name)
    forget_built()
    yield tmp_path
    composition.job_store().close()
    forget_built()


@pytest.fixture
def store(data_folder: Path) -> JobStoreGateway:
    store = composition.job_store()
    store.join()  # opening may take longer than a call on a busy machine
    return store


@pytest.fixture
def storage(data_folder: Path) -> StorageService:
    return composition.storage()


@pytest.fixture
def api(data_folder: Path) -> APIClient:
    return APIClient()


def new_job(store: JobStore) -> JobRecord:
    job_id = uuid.uuid4()
    return store.submit(job_id, "yolo_ocr", f"video_jobs/{job_id}.mp4")


def owner_of(store: JobStoreGateway) -> OwnedJobStore:
    """What a gateway owns."""
    assert store._owned is not None
    owned = store._owned[0]
    assert isinstance(owned, OwnedJobStore)
    return owned


def claimed_in_order(store: JobStore, number: int) -> list[uuid.UUID | None]:
    """The IDs of the next jobs, taken as a worker does that completes each of them."""
    ids: list[uuid.UUID | None] = []
    for _ in range(number):
        job = store.claim()
        if job is not None:
            store.complete(job.job_id, "video_jobs/r.json")
        ids.append(None if job is None else job.job_id)
    return ids


def mp4(content: bytes = MP4_HEAD, name: str = "clip.mp4") -> SimpleUploadedFile:
    """An upload that begins as an MP4 does."""
    return SimpleUploadedFile(name, content, content_type="video/mp4")


@pytest.fixture
def submit(store: JobStore, storage: StorageService, tmp_path: Path) -> Callable[[], JobRecord]:
    """Make a pending job with a stored file."""

    def make() -> JobRecord:
        job_id = uuid.uuid4()
        source = tmp_path / f"{job_id}.src"
        source.write_bytes(MP4_HEAD)
        path = storage.save_file(source, f"video_jobs/{job_id}.mp4")
        return store.submit(job_id, "yolo_ocr", path)

    return make


@pytest.fixture
def job_in(store: JobStore, submit: Callable[[], JobRecord]) -> Callable[[JobStatus], JobRecord]:
    """Make a job and bring it to a status the way the worker does."""

    def make(status: JobStatus) -> JobRecord:
        job = submit()
        if status is JobStatus.PENDING:
            return job
        claimed = store.claim()
        assert claimed is not None
        if status is JobStatus.RUNNING:
            return claimed
        if status is JobStatus.FAILED:
            return store.fail(job.job_id, "The video holds no frames.")
        return store.complete(job.job_id, f"video_jobs/{job.job_id}_results.json")

    return make


@pytest.fixture
def completed_with(
    job_in: Callable[[JobStatus], JobRecord], storage: StorageService, tmp_path: Path
) -> Callable[[bytes], JobRecord]:
    """Make a completed job with these results."""

    def make(results: bytes) -> JobRecord:
        job, source = job_in(JobStatus.COMPLETED), tmp_path / "results.src"
        source.write_bytes(results)
        storage.save_file(source, str(job.output_path))
        return job

    return make


@pytest.fixture
def bench(
    store: JobStoreGateway,
    storage: StorageService,
    data_folder: Path,
    submit: Callable[[], JobRecord],
    monkeypatch: pytest.MonkeyPatch,
) -> Bench:
    return Bench(store, storage, data_folder, submit, monkeypatch)


@pytest.fixture
def here(tmp_path: Path) -> Iterator[JobStoreGateway]:
    """This process's own way to the store."""
    store = gateway(tmp_path)
    yield store
    store.close()


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PipelineProcess]:
    """One warm child for all tests of a module."""
    process = PipelineProcess(PipelineConfig(cache_dir=tmp_path_factory.mktemp("cache")))
    yield process
    process.stop()


@pytest.fixture
def worker(store: JobStore, storage: StorageService, pipeline: PipelineProcess) -> JobWorker:
    return JobWorker(store, storage, pipeline, composition.temp_folder())


@pytest.fixture
def submit_video(store: JobStore, storage: StorageService, tmp_path: Path) -> SubmitVideo:
    def submit(content: bytes) -> JobRecord:
        job_id = uuid.uuid4()
        source = tmp_path / "source.part"
        source.write_bytes(content)
        return store.submit(
            job_id, "yolo_ocr", storage.save_file(source, f"video_jobs/{job_id}.mp4")
        )

    return submit


def run(worker: JobWorker, store: JobStore, job: JobRecord) -> JobRecord:
    assert worker.run_once() is True
    return store.get(job.job_id)
