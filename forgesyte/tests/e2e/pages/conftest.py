"""One installation and one browser for all tests of the pages."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from forgesyte.installation import Installation
from forgesyte.tests.browser import opened_page, started_browser
from forgesyte.tests.conftest import JOB_S, TINY_MP4
from jobs.database import open_engine
from jobs.models import JobRecord
from jobs.queue.memory import MemoryQueueService
from jobs.store.gateway import JobStoreGateway
from jobs.store.owner import OwnedJobStore

OLD_JOBS = 120
MARKUP = "<script>document.title = 'broken'</script><b>bold</b>"


@dataclass(frozen=True)
class Site:
    """A running API whose worker has stopped after two jobs, and the ids of its jobs.

    `store` is the test's own way to the job store: with it a test plays the worker. `old` are
    failed jobs whose error is markup; the newest one is `pending`.
    """

    url: str
    installation: Installation
    store: JobStoreGateway
    completed: str
    failed: str
    pending: str
    old: list[str]

    def submit(self) -> str:
        """A pending job."""
        job_id = uuid.uuid4()
        self.store.submit(job_id, "yolo_ocr", f"video_jobs/{job_id}.mp4")
        return str(job_id)

    def begin(self, job_id: str) -> JobRecord:
        """Make a pending job running; jobs that are before it go to the end of the queue."""
        while True:
            job = self.store.claim()
            assert job is not None
            if str(job.job_id) == job_id:
                return job
            self.store.give_back(job.job_id)


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Ended with the package: while it runs, Django takes this thread for an event loop's."""
    with started_browser() as browser:
        yield browser


@pytest.fixture(scope="package")
def site(tmp_path_factory: pytest.TempPathFactory, model_cache: Path) -> Iterator[Site]:
    """Shared by all: a test that needs other jobs adds its own."""
    folder = tmp_path_factory.mktemp("site")
    (folder / "cache").symlink_to(model_cache, target_is_directory=True)
    old = _old_jobs(folder)
    with Installation(folder) as installation:
        installation.start()
        with installation.client() as client:
            tiny = client.submit(TINY_MP4).json()["job_id"]
            broken = client.submit_file(BytesIO(b"\0\0\0\x18ftypisom" + bytes(100)), "cut.mp4")
            failed = broken.json()["job_id"]
            assert client.wait_for_end(tiny, JOB_S).status == "completed"
            assert client.wait_for_end(failed, JOB_S).status == "failed"
            assert installation.worker is not None
            installation.worker.terminate()
            pending = client.submit(TINY_MP4).json()["job_id"]
            url = client.url
        store = JobStoreGateway(folder / "run", lambda: pytest.fail("the API is gone"))
        yield Site(url, installation, store, tiny, failed, pending, old)
        store.close()


@pytest.fixture
def opened(browser: Browser, site: Site) -> Iterator[tuple[Page, list[str]]]:
    with opened_page(browser, site.url) as opened:
        yield opened


@pytest.fixture
def problems(opened: tuple[Page, list[str]]) -> list[str]:
    """What has gone wrong in `page` so far; a test that provokes something clears it."""
    return opened[1]


@pytest.fixture
def page(opened: tuple[Page, list[str]]) -> Iterator[Page]:
    """A tab on the shared installation; any problem in it fails the test."""
    page, problems = opened
    yield page
    assert not problems


def _old_jobs(folder: Path) -> list[str]:
    """Failed jobs in a database that nothing uses yet, oldest first."""
    engine = open_engine(folder / "foregsyte.duckdb")
    store = OwnedJobStore(engine, MemoryQueueService)
    ids = [uuid.uuid4() for _ in range(OLD_JOBS)]
    for job_id in ids:
        store.submit(job_id, "yolo_ocr", f"video_jobs/{job_id}.mp4")
        store.claim()
        store.fail(job_id, MARKUP)
    store.close()
    return [str(job_id) for job_id in ids]
