"""Jobs in every state, for the tests of their pages."""

from __future__ import annotations

import shutil
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from forgesyte.tests.conftest import TINY_MP4
from jobs.database import open_engine
from jobs.queue.memory import MemoryQueueService
from jobs.store.gateway import JobStoreGateway
from jobs.store.owner import OwnedJobStore
from pipeline.results import write_results
from pipeline.tests.video_files import without_samples

MARKUP = "<script>document.title = 'broken'</script><b>bold</b>"
FRAMES = 60


@dataclass(frozen=True)
class Gallery:
    """A running API without a worker, and the ids of its jobs."""

    url: str
    folder: Path
    store: JobStoreGateway
    ids: dict[str, str]

    def results(self, job_id: str, items: list[dict[str, Any]]) -> str:
        """Store results as a worker does; their name."""
        return store_results(self.folder, job_id, items)


def found(frame: int, text: str, *classes: str) -> dict[str, Any]:
    detections = [
        {"bbox": [20.0 + 40 * n, 30.5, 50.0 + 40 * n, 60.0], "class": name, "confidence": 0.875}
        for n, name in enumerate(classes)
    ]
    return {"frame_index": frame, "result": {"detections": detections, "text": text}}


def busy_video(frame: int) -> dict[str, Any]:
    """A title in the first half, a car in the second, and a bus in one frame."""
    if frame < FRAMES // 2:
        return found(frame, "OPENING TITLE\nSECOND LINE", "text", "text")
    return found(frame, "", "car", *["bus"] * (frame == 45))


def make_jobs(folder: Path, video: Path) -> dict[str, str]:
    engine = open_engine(folder / "foregsyte.duckdb")
    store = OwnedJobStore(engine, MemoryQueueService)
    busy = [busy_video(frame) for frame in range(FRAMES)]
    markup = [found(frame, MARKUP, MARKUP) for frame in range(FRAMES)]
    ids = {}
    for name, items in {"done": busy, "markup": markup, "gone": busy, "damaged": busy}.items():
        job_id = ids[name] = _submitted(folder, store, video)
        store.claim()
        store.complete(uuid.UUID(job_id), store_results(folder, job_id, items))
    (folder / f"video_jobs/{ids['gone']}.mp4").unlink()
    without_samples(video, folder / f"video_jobs/{ids['damaged']}.mp4", 0.0, 1.0)
    ids["failed"] = _submitted(folder, store, video)
    store.claim()
    store.fail(uuid.UUID(ids["failed"]), f"The video is damaged. {MARKUP}")
    ids["pending"] = _submitted(folder, store, TINY_MP4)
    store.close()
    return ids


def _submitted(folder: Path, store: OwnedJobStore, video: Path) -> str:
    job_id = uuid.uuid4()
    shutil.copy(video, folder / f"video_jobs/{job_id}.mp4")
    store.submit(job_id, "yolo_ocr", f"video_jobs/{job_id}.mp4")
    return str(job_id)


def store_results(folder: Path, job_id: str, items: list[dict[str, Any]]) -> str:
    name = f"video_jobs/{job_id}_results.json"
    with (folder / name).open("wb") as file:
        write_results(items, file)
    return name
