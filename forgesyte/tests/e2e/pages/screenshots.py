"""Makes docs/images: the pages as README.md and the documents show them.

usage, from the top: .venv/bin/python -m forgesyte.tests.e2e.pages.screenshots [PAGE ...]

Runs a real installation on a temporary folder, with a history of jobs beside the sample video's.
"""

from __future__ import annotations

import json
import random
import sys
import tempfile
import uuid
from datetime import UTC, timedelta
from io import BytesIO
from itertools import cycle
from pathlib import Path
from typing import Any, Literal, NamedTuple

from PIL import Image
from playwright.sync_api import Page
from sqlalchemy import insert

from forgesyte.installation import Installation
from forgesyte.tests.browser import STILL, opened_page, started_browser
from jobs.database import open_engine
from jobs.locks import ProcessLock
from jobs.models import Job, JobStatus
from jobs.repository import utc_now
from jobs.run_record import RunRecord
from jobs.storage.local import LocalStorageService
from jobs.storage.names import digest_name, run_name
from jobs.store.gateway import JobStoreGateway
from jobs.upload_record import save_upload_name
from pipeline.digest.builder import Digester
from pipeline.digest.file import Index, packed
from pipeline.video.facts import VideoFacts

ROOT = Path(__file__).resolve().parents[4]
IMAGES = ROOT / "docs" / "images"
SAMPLE = ROOT / "pipeline" / "samples" / "sample.mp4"
JOB_S = 600.0
MAX_BYTES = 150_000
HISTORY = 230
PICTURES = sorted((ROOT / "pipeline" / "evaluation" / "images").glob("*.jpg"))
FAILURES = [
    "The MP4 is cut off: a part of it is missing. Send the whole file.",
    "This video has no frames that can be decoded.",
]


class Shot(NamedTuple):
    """A picture: its file's name, the page and how it is looked at; width and height in px."""

    name: str
    path: str
    width: int
    height: int
    scheme: Literal["light", "dark"] = "light"


def main() -> None:
    wanted = sys.argv[1:]
    with tempfile.TemporaryDirectory() as name, started_browser() as browser:
        folder = Path(name)
        _history(folder)
        with Installation(folder) as installation:
            job_id = _sample_job(installation)
            _busy(folder)
            shots = [
                Shot("list-light", "/", 1320, 720),
                Shot("list-dark", "/", 1320, 720, "dark"),
                Shot("list-phone", "/", 375, 720),
                Shot("job-light", f"/jobs/{job_id}#t=3.5", 1200, 1200),
                Shot("job-dark", f"/jobs/{job_id}#t=3.5", 1200, 1200, "dark"),
                Shot("job-phone", f"/jobs/{job_id}#t=3.5", 375, 1100),
                Shot("docs", "/v1/docs", 1200, 900),
            ]
            with opened_page(browser, installation.url) as (page, _):
                for shot in shots:
                    if not wanted or shot.name in wanted:
                        _save(page, shot)


def _history(folder: Path) -> None:
    """Jobs of the last days, in a database that nothing uses yet."""
    chance = random.Random(16)
    rows, moment = [], utc_now() - timedelta(minutes=7)
    for _ in range(HISTORY):
        failed = chance.random() < 0.06
        took = timedelta(seconds=chance.expovariate(1 / 70) + 2)
        rows.append(
            {
                "job_id": uuid.UUID(int=chance.getrandbits(128), version=4),
                "status": JobStatus.FAILED if failed else JobStatus.COMPLETED,
                "pipeline_id": chance.choice(["yolo_ocr", "yolo_ocr", "yolo_tesseract"]),
                "input_path": "video_jobs/removed.mp4",
                "error_message": chance.choice(FAILURES) if failed else None,
                "created_at": moment - took,
                "updated_at": moment,
            }
        )
        moment -= took + timedelta(seconds=chance.expovariate(1 / 900))
    engine = open_engine(folder / "foregsyte.duckdb")
    with engine.begin() as connection:
        connection.execute(insert(Job), rows)
    engine.dispose()
    for row, picture in zip(rows, cycle(PICTURES), strict=False):
        _files(folder, row, picture)


def _files(folder: Path, row: dict[str, Any], picture: Path) -> None:
    """What API and worker keep of a job beside its row, with a cover."""
    storage, part, job_id = LocalStorageService(folder), folder / "part", row["job_id"]
    save_upload_name(storage, part, job_id, picture.with_suffix(".mp4").name)
    if row["status"] is JobStatus.COMPLETED:
        image = Image.open(picture).convert("RGB")
        image.thumbnail((192, 192))
        cover = BytesIO()
        image.save(cover, "jpeg")
        seconds = (row["updated_at"] - row["created_at"]).total_seconds()
        video = VideoFacts(((0, 1280, 720),), 1.0, 250, round(seconds / 3, 1), "h264")
        digest, _ = Digester().digest(None)
        part.write_bytes(packed(digest, Index(), (), cover.getvalue()))
        storage.save_file(part, digest_name(job_id))
        ended = row["updated_at"].replace(tzinfo=UTC)
        record = RunRecord(ended - timedelta(seconds=seconds * 0.9), ended, 250, 99, 0, video)
        part.write_text(json.dumps(record.as_json()))
        storage.save_file(part, run_name(job_id))


def _sample_job(installation: Installation) -> str:
    """The id of the sample video's job, completed; the worker has stopped."""
    installation.start()
    with installation.client() as client:
        job_id: str = client.submit(SAMPLE).json()["job_id"]
        client.wait_for_end(job_id, JOB_S)
        assert installation.worker is not None
        installation.worker.terminate()
        client.status(job_id)  # the API owns the job store from now on
    return job_id


def _busy(folder: Path) -> None:
    """This process takes the worker's place: one job runs, two wait."""
    ProcessLock(folder / "run" / "worker.lock").acquire()
    store = JobStoreGateway(folder / "run", lambda: sys.exit("The API is gone."))
    for pipeline_id in ("yolo_ocr", "yolo_tesseract", "yolo_ocr"):
        job_id = uuid.uuid4()
        store.submit(job_id, pipeline_id, f"video_jobs/{job_id}.mp4")
    store.claim()


def _save(page: Page, shot: Shot) -> None:
    """A picture of 256 colours, which is small."""
    page.set_viewport_size({"width": shot.width, "height": shot.height})
    page.emulate_media(color_scheme=shot.scheme)
    page.goto(shot.path)
    page.wait_for_load_state("networkidle")
    page.evaluate(STILL)
    page.wait_for_timeout(500)
    picture = Image.open(BytesIO(page.screenshot())).convert("RGB").quantize(192)
    file = IMAGES / f"{shot.name}.png"
    picture.save(file, optimize=True)
    if file.stat().st_size > MAX_BYTES:
        sys.exit(f"{file.name} is larger than {MAX_BYTES} bytes.")
    print(file.relative_to(ROOT), file.stat().st_size)


if __name__ == "__main__":
    main()
