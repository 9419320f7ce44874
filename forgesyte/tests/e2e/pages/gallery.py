"""Jobs in every state, for the tests of their pages."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np

from forgesyte.tests.conftest import TINY_MP4
from jobs.database import open_engine
from jobs.models import JobRecord
from jobs.queue.memory import MemoryQueueService
from jobs.run_record import record_run
from jobs.storage.local import LocalStorageService
from jobs.storage.names import digest_name, results_name, run_name, times_name, video_name
from jobs.store.gateway import JobStoreGateway
from jobs.store.owner import OwnedJobStore
from jobs.upload_record import save_upload_name
from pipeline.config import PipelineConfig
from pipeline.digest.stills import PageDigest
from pipeline.frame_pool import Processed
from pipeline.results import FrameResult, write_results
from pipeline.tests.video_files import with_matrix, write_video
from pipeline.video.reader import VideoReader

MARKUP = "<script>document.title = 'broken'</script><b>bold</b>"
FRAMES = 60
SIZE = (320, 240)
BLOCK, STEP = 24, 4  # pixels: of the block in `block_video`, and from frame to frame
EVEN = [n / 25 for n in range(FRAMES)]
# Frames of 20 to 160 ms, and one of a second.
UNEVEN = [round(n * 0.02 + (n // 3) * 0.12 + (n > 40), 3) for n in range(FRAMES)]


@dataclass(frozen=True)
class Gallery:
    """A running API without a worker, and the ids of its jobs."""

    url: str
    folder: Path
    store: JobStoreGateway
    ids: dict[str, str]


def block_video(path: Path, times: Sequence[float] = tuple(EVEN)) -> Path:
    """H.264: frame i, shown at times[i], is grey with a white block whose left edge is at
    STEP * i."""
    with av.open(path, "w") as container:
        stream = container.add_stream("libx264", rate=25, options={"g": "20", "preset": "fast"})
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height = SIZE
        stream.pix_fmt = "yuv420p"
        stream.time_base = stream.codec_context.time_base = Fraction(1, 1000)
        for index, time_s in enumerate(times):
            picture = np.full((SIZE[1], SIZE[0], 3), 80 if index < FRAMES // 2 else 20, np.uint8)
            picture[100 : 100 + BLOCK, STEP * index : STEP * index + BLOCK] = 255
            frame = av.VideoFrame.from_ndarray(picture, format="bgr24")
            frame.pts, frame.time_base = round(time_s * 1000), Fraction(1, 1000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def found(frame: int, text: str, *classes: str) -> dict[str, Any]:
    """The first box is that of the block."""
    detections = [
        {
            "bbox": [STEP * frame + 40.0 * n, 100.0, STEP * frame + 40.0 * n + BLOCK, 124.0],
            "class": name,
            "confidence": 0.875,
        }
        for n, name in enumerate(classes)
    ]
    return {"frame_index": frame, "result": {"detections": detections, "text": text}}


def busy_video(frame: int) -> dict[str, Any]:
    """A title in the first half, a car in the second, and a bus in one frame."""
    if frame < FRAMES // 2:
        return found(frame, "OPENING TITLE", "text")
    return found(frame, "", "car", *["bus"] * (frame == 45))


def turned(frame: int) -> dict[str, Any]:
    """`busy_video` turned right by a quarter: x, y become height - y, x."""
    item = busy_video(frame)
    for detection in item["result"]["detections"]:
        x1, y1, x2, y2 = detection["bbox"]
        detection["bbox"] = [SIZE[1] - y2, x1, SIZE[1] - y1, x2]
    return item


def make_jobs(folder: Path) -> dict[str, str]:
    engine = open_engine(folder / "foregsyte.duckdb")
    store = OwnedJobStore(engine, MemoryQueueService)
    plain = block_video(folder / "plain.mp4")
    videos = {
        "done": (plain, busy_video),
        "uneven": (block_video(folder / "uneven.mp4", UNEVEN), busy_video),
        "turned": (with_matrix(plain, folder / "turned.mp4", 0, 1, -1, 0), turned),
        "markup": (plain, lambda frame: found(frame, MARKUP, MARKUP)),
        "long": (
            plain,
            lambda frame: found(frame, "\n".join(map(str, range(frame * 30, frame * 30 + 30)))),
        ),
        "unplayable": (write_video(folder / "mpeg4.mp4", FRAMES), busy_video),
        "empty": (plain, lambda frame: found(frame, "")),
        "earlier": (plain, busy_video),
        "gone": (plain, busy_video),
    }
    ids = {}
    for name, (video, item_of) in videos.items():
        file_name = "" if name == "earlier" else f"Новости {name}.mp4"
        job_id = ids[name] = submitted(folder, store, video, file_name)
        store.claim()
        complete(folder, store, job_id, [item_of(frame) for frame in range(FRAMES)])
    for name_of in (digest_name, times_name, run_name):
        (folder / name_of(ids["earlier"])).unlink()
    (folder / video_name(ids["gone"])).unlink()
    ids["failed"] = submitted(folder, store, plain, MARKUP)
    store.claim()
    store.fail(uuid.UUID(ids["failed"]), f"The video is damaged. {MARKUP}")
    ids["pending"] = submitted(folder, store, TINY_MP4, "x" * 300 + ".mp4")
    store.close()
    return ids


def submitted(folder: Path, store: OwnedJobStore, video: Path, name: str = "") -> str:
    job_id = uuid.uuid4()
    (folder / "video_jobs").mkdir(exist_ok=True)
    shutil.copy(video, folder / video_name(job_id))
    save_upload_name(LocalStorageService(folder), folder / "part", job_id, name)
    store.submit(job_id, "yolo_ocr", video_name(job_id))
    return str(job_id)


def complete(
    folder: Path,
    store: OwnedJobStore | JobStoreGateway,
    job_id: str,
    items: list[dict[str, Any]],
) -> JobRecord:
    """Complete a running job with these results, as a worker does."""
    started, job = datetime.now(UTC), uuid.UUID(job_id)
    storage, part = LocalStorageService(folder), folder / "part"
    reader = VideoReader(folder / video_name(job), PipelineConfig(cache_dir=folder))
    page = PageDigest(reader)
    frames = (Processed(f.image, f.index, FrameResult(f.index, SIZE)) for f in reader.frames())
    for _ in page.watch(frames):
        pass
    with (folder / results_name(job)).open("wb") as file:
        summary = write_results(items, file, page.add)
    summary = replace(summary, video=reader.facts, times=reader.times, digest=page.packed())
    record_run(storage, part, job, started, summary)
    return store.complete(job, results_name(job))
