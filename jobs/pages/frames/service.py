"""Facts, digests and pictures of jobs: from the cache, else made by the reading process."""

from __future__ import annotations

import time
from bisect import bisect_right
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Self

from jobs.exceptions import ResultsNotAvailable, StoredFileMissing
from jobs.models import JobRecord, JobStatus
from jobs.pages.frames.cache import PageCache
from jobs.pages.frames.process import (
    DIGEST_S,
    GIVE_UP_S,
    NotReadable,
    ReaderDied,
    ReadingProcess,
)
from jobs.pages.job_digest import Digest
from jobs.storage.base import StorageService

THUMB, LARGE = 320, 1280
SIDES = (THUMB, LARGE)
# A video that ended or hung the reading process is not tried again for so long.
REFUSED_S = 600.0
DEFAULT_GAP = 12
FORMATS = {
    "avc1": "H.264",
    "avc3": "H.264",
    "hev1": "H.265",
    "hvc1": "H.265",
    "vp09": "VP9",
    "av01": "AV1",
    "mp4v": "MPEG-4",
}


@dataclass(frozen=True, slots=True)
class VideoFacts:
    """Pixels of a frame, frames, seconds, the four letters of the format.

    clock: (frame, seconds) of some frames in ascending order; None where the file does not tell.
    decodable: whether it was opened; width and height are those that a viewer sees then.
    """

    width: int
    height: int
    frames: int
    duration_s: float
    codec: str
    clock: list[tuple[int, float]] | None
    decodable: bool

    @property
    def fps(self) -> float | None:
        """Frames a second on average; None if the file does not tell how long it lasts."""
        return self.frames / self.duration_s if self.duration_s > 0 else None

    @property
    def format(self) -> str:
        """The name of the format, its four letters where there is none."""
        return FORMATS.get(self.codec, self.codec)

    @property
    def duration(self) -> timedelta:
        return timedelta(seconds=self.duration_s)

    def seconds(self, frame: int) -> float | None:
        """When a frame is shown, from the first one on."""
        if self.clock is None or len(self.clock) < 2:
            return frame / self.fps if self.fps else None
        at = min(max(bisect_right(self.clock, (frame, float("inf"))), 1), len(self.clock) - 1)
        (before, before_s), (after, after_s) = self.clock[at - 1], self.clock[at]
        return before_s + (after_s - before_s) * (frame - before) / (after - before)

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Self:
        clock = value["clock"]
        points = None if clock is None else [(int(frame), float(s)) for frame, s in clock]
        return cls(**{**value, "clock": points})


class PageReader:
    """What the pages of jobs ask for. Thread-safe."""

    def __init__(self, process: ReadingProcess, cache: PageCache, storage: StorageService) -> None:
        self._process = process
        self._cache = cache
        self._storage = storage

    def facts(self, job: JobRecord) -> VideoFacts:
        """Of the job's video; only that of a completed job is given to a decoder.

        Raises StoredFileMissing, NotReadable or Busy.
        """
        if job.status is JobStatus.COMPLETED:
            try:
                return self._facts(job, "facts", decode=True)
            except NotReadable:
                pass  # what it declares is something
        return self._facts(job, "declared", decode=False)

    def digest(self, job: JobRecord) -> Digest:
        """Of the results of a completed job. Raises ResultsNotAvailable, NotReadable or Busy."""
        results = self.results(job)
        request = {"kind": "digest", "results": str(results), "gap": self._gap(job)}
        try:
            return Digest.from_json(self._made_once(job, "digest", results, request, DIGEST_S))
        except ReaderDied as error:
            raise NotReadable("The results are too large to be shown in short.") from error

    def results(self, job: JobRecord) -> Path:
        """The results file of a completed job; raises ResultsNotAvailable."""
        try:
            return self._storage.load_file(job.output_path or "")
        except (StoredFileMissing, ValueError):
            raise ResultsNotAvailable(
                "The results of this job have been removed from the data folder."
            ) from None

    def picture(self, job: JobRecord, index: int, side: int, digest: Digest | None = None) -> bytes:
        """Frame `index` as JPEG, at most `side` (one of SIDES) pixels on its longer side.

        The frames that the page shows and that the decoder passes on its way are kept, too.
        Raises StoredFileMissing, NotReadable or Busy.
        """
        video = self._video(job)  # of a video that is gone nothing is shown, kept or not
        kept = self._cache.picture(job.job_id, index, side)
        if kept is not None:
            return kept
        with self._process.turn():
            kept = self._cache.picture(job.job_id, index, side)
            if kept is not None:
                return kept
            passing = [moment.frame for moment in digest.moments] if digest else []
            made: dict[int, bytes] = {}

            def take(frame: int, content: bytes) -> None:
                made[frame] = content
                self._cache.keep_picture(job.job_id, frame, side, content)

            request = {
                "kind": "picture",
                "video": str(video),
                "frames": digest.frames if digest else None,
                "index": index,
                "side": side,
                "passing": passing if side == THUMB else [],
                "seconds": GIVE_UP_S,
            }
            self._ask(job, "picture", video, request, take=take)
        if index not in made:
            raise NotReadable
        return made[index]

    def _facts(self, job: JobRecord, name: str, decode: bool) -> VideoFacts:
        video = self._video(job)
        request = {"kind": "facts", "video": str(video), "decode": decode}
        return VideoFacts.from_json(self._made_once(job, name, video, request))

    def _gap(self, job: JobRecord) -> int:
        """For how many frames readers may miss a line of text: those of half a second."""
        try:
            fps = self.facts(job).fps
        except (StoredFileMissing, NotReadable):
            fps = None
        return max(2, round(0.5 * min(fps, 240.0))) if fps else DEFAULT_GAP

    def _made_once(
        self,
        job: JobRecord,
        name: str,
        source: Path,
        request: dict[str, Any],
        deadline_s: float | None = None,
    ) -> Any:
        value = self._cache.value(job.job_id, name, source)
        if value is None:
            with self._process.turn():
                value = self._cache.value(job.job_id, name, source)
                if value is None:
                    value = self._ask(job, name, source, request, deadline_s=deadline_s)
                    self._cache.keep_value(job.job_id, name, source, value)
        return value

    def _ask(
        self, job: JobRecord, name: str, source: Path, request: dict[str, Any], **options: Any
    ) -> Any:
        """Ask the process; what ends it once is not tried again for REFUSED_S."""
        refusal = f"{name}-refused"
        refused = self._cache.value(job.job_id, refusal, source)
        if refused is not None and time.time() < float(refused["until"]):
            raise ReaderDied
        try:
            return self._process.ask(request, **options)
        except ReaderDied:
            until = {"until": time.time() + REFUSED_S}
            self._cache.keep_value(job.job_id, refusal, source, until)
            raise

    def _video(self, job: JobRecord) -> Path:
        try:
            return self._storage.load_file(job.input_path)
        except StoredFileMissing:
            raise StoredFileMissing(
                "The video has been removed from the data folder: there are no pictures of it."
            ) from None
