"""Facts, digests and pictures of jobs: from the cache, else made by the reading process."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from jobs.exceptions import ResultsNotAvailable, StoredFileMissing
from jobs.models import JobRecord, JobStatus
from jobs.pages.frames.cache import PageCache
from jobs.pages.frames.facts import ShownVideo
from jobs.pages.frames.process import (
    DIGEST_S,
    GIVE_UP_S,
    NotReadable,
    ReaderDied,
    ReaderHung,
    ReadingProcess,
)
from jobs.pages.job_digest import VERSION, Digest
from jobs.run_record import load_run_record, load_times
from jobs.storage.base import StorageService
from jobs.storage.names import times_name
from pipeline.video.facts import VideoFacts

T = TypeVar("T")

THUMB, LARGE = 320, 1280
SIDES = (THUMB, LARGE)
# A video that ended the reading process is not tried again for so long; one that took too long
# may have met a busy machine.
DIED_S, HUNG_S = 600.0, 60.0
DEFAULT_GAP = 12


class PageReader:
    """What the pages of jobs ask for. Thread-safe."""

    def __init__(self, process: ReadingProcess, cache: PageCache, storage: StorageService) -> None:
        self._process = process
        self._cache = cache
        self._storage = storage

    def facts(self, job: JobRecord) -> ShownVideo:
        """The job's video, as its run saw it, else as the file says.

        Only the video of a completed job is given to a decoder. Raises StoredFileMissing,
        NotReadable or Busy.
        """
        if job.status is JobStatus.COMPLETED:
            self._video(job)
            record = load_run_record(self._storage, job.job_id)
            if record is not None and record.video is not None:
                return ShownVideo(record.video, True, load_times(self._times(job)))
            try:
                return ShownVideo(self._facts(job, "facts", decode=True), decodable=True)
            except NotReadable:
                pass  # what it declares is something
        return ShownVideo(self._facts(job, "declared", decode=False), decodable=False)

    def digest(self, job: JobRecord) -> Digest:
        """Of the results of a completed job. Raises ResultsNotAvailable, NotReadable or Busy."""
        results = self.results(job)
        request = {"kind": "digest", "results": str(results), "gap": self._gap(job)}
        try:
            value = self._made_once(job, f"digest-{VERSION}", results, request, DIGEST_S)
            return _checked(Digest.from_json, value)
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

    def kept_picture(self, job: JobRecord, index: int, side: int) -> bytes | None:
        """A picture that was made before. Raises StoredFileMissing when the video is gone."""
        self._video(job)
        return self._cache.picture(job.job_id, index, side)

    def picture(self, job: JobRecord, index: int, side: int, digest: Digest) -> bytes:
        """Frame `index` as JPEG, at most `side` (one of SIDES) pixels on its longer side.

        As a player shows it: upright and with square pixels.

        The frames that the page shows and that the decoder passes on its way are kept, too.
        Raises StoredFileMissing, NotReadable or Busy.
        """
        video, pixel_aspect = self._video(job), self.facts(job).facts.pixel_aspect
        with self._process.turn():
            kept = self._cache.picture(job.job_id, index, side)
            if kept is not None:
                return kept
            passing = [moment.frame for moment in digest.moments]
            made: dict[int, bytes] = {}

            def take(frame: int, content: bytes) -> None:
                made[frame] = content
                self._cache.keep_picture(job.job_id, frame, side, content)

            request = {
                "kind": "picture",
                "video": str(video),
                "times": str(self._times(job)),
                "pixel_aspect": pixel_aspect,
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
        return _checked(VideoFacts.from_json, self._made_once(job, name, video, request))

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
        """Ask the process; what ends it is not tried again for a while."""
        refusal = f"{name}-refused"
        refused = self._cache.value(job.job_id, refusal, source)
        if refused is not None and time.time() < float(refused["until"]):
            raise ReaderDied
        try:
            return self._process.ask(request, **options)
        except ReaderDied as error:
            pause_s = HUNG_S if isinstance(error, ReaderHung) else DIED_S
            until = {"until": time.time() + pause_s}
            self._cache.keep_value(job.job_id, refusal, source, until)
            raise

    def _times(self, job: JobRecord) -> Path:
        """Where the times of the frames are; jobs of earlier releases have none."""
        try:
            return self._storage.load_file(times_name(job.job_id))
        except StoredFileMissing:
            return Path(os.devnull)

    def _video(self, job: JobRecord) -> Path:
        try:
            return self._storage.load_file(job.input_path)
        except StoredFileMissing:
            raise StoredFileMissing(
                "The video has been removed from the data folder: there are no pictures of it."
            ) from None


def _checked(build: Callable[[Any], T], value: Any) -> T:
    """What a value of the cache or of the process stands for; NotReadable if it is no such."""
    try:
        return build(value)
    except (KeyError, TypeError, ValueError) as error:
        raise NotReadable("What was kept for this page is damaged: remove cache/pages.") from error
