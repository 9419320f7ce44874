"""Pictures of moments, made from the frames that go through the pipeline."""

import logging
from collections import deque
from collections.abc import Iterator
from dataclasses import replace
from functools import cached_property
from typing import Any

import cv2
import numpy as np

from pipeline.digest.builder import Digester
from pipeline.digest.file import packed
from pipeline.digest.moments import Moment
from pipeline.frame_pool import Processed
from pipeline.transcript import with_end
from pipeline.video.frame import Image
from pipeline.video.reader import VideoReader

logger = logging.getLogger(__name__)

SIDE, COVER_SIDE = 960, 192  # of the longer side, at most
QUALITY = 80
# Frames wait until their results are known, at most so many bytes of them, made small.
WAITING_BYTES = 128 * 2**20
# Whether a picture is another one is seen on one of this size, at every so many frames.
TINY_WH = (64, 36)
LOOK_EVERY = 12
OTHER_PICTURE = 25.0  # mean difference of brightness, of 255
SAME_PICTURE = 8  # largest difference


class SmallPicture:
    """A frame, reduced to at most SIDE pixels; `jpeg` once it is developed."""

    def __init__(self, image: Image, pixel_aspect: float) -> None:
        small: Any = image
        while max(small.shape[:2]) > SIDE:  # by half is what OpenCV does fast
            height, width = (max(1, length // 2) for length in small.shape[:2])
            small = cv2.resize(small, (width, height), interpolation=cv2.INTER_AREA)
        self._small = small
        self._aspect = pixel_aspect
        self.nbytes: int = self._small.nbytes
        self.jpeg = self.cover = b""

    def develop(self) -> None:
        if self.jpeg:  # of a frame that was repeated
            return
        _ = self.tiny
        self.jpeg = _jpeg(self._small, self._aspect, SIDE)
        self.cover = _jpeg(self._small, self._aspect, COVER_SIDE)
        self._small = None

    def looks_like(self, other: Any) -> bool:
        return bool(np.abs(self.tiny - other.tiny).max() <= SAME_PICTURE)

    def differs_from(self, other: "SmallPicture") -> bool:
        return bool(np.abs(self.tiny - other.tiny).mean() > OTHER_PICTURE)

    @cached_property
    def tiny(self) -> Any:
        small = cv2.resize(self._small, TINY_WH, interpolation=cv2.INTER_AREA)
        return cv2.cvtColor(small, cv2.COLOR_BGR2GRAY).astype(np.int16)


class PageDigest:
    """The digest of a run with its pictures. No run fails because of it: it logs what goes wrong.

    Frames are handed to `watch` before results are made of them, the results to `add`.
    """

    def __init__(self, reader: VideoReader) -> None:
        self._reader = reader
        self._digester = Digester()
        self._waiting: deque[tuple[int, SmallPicture]] = deque()
        self._bytes = 0
        self._key: object = None
        self._scene: SmallPicture | None = None
        self._failed = False

    def watch(self, frames: Iterator[Processed]) -> Iterator[Processed]:
        for each in frames:
            if not self._failed:
                try:
                    self._wait(each)
                except Exception:
                    self._give_up()
            yield each

    def add(self, item: dict[str, Any], offset: int) -> None:
        """An item of the results, which begins at a byte of their file."""
        if self._failed:
            return
        try:
            picture = self._picture_of(item["frame_index"])
            self._digester.add(item, offset, picture, self._is_cut(item["frame_index"], picture))
        except Exception:
            self._give_up()

    def packed(self) -> bytes | None:
        """The file that holds it; None if there is none."""
        if self._failed:
            return None
        try:
            times = with_end(self._reader.times, self._reader.facts.duration_s)
            last = len(times) - 1
            digest, moments = self._digester.digest(lambda frame: times[min(frame, last)])
            pictures = [m.picture for m in moments]
            stills = [p.jpeg for p in pictures if isinstance(p, SmallPicture)]
            shown = [s for s, p in zip(digest.moments, pictures, strict=True) if p is not None]
            digest = replace(digest, moments=shown, stills=len(stills))
            return packed(digest, self._digester.index, stills, _cover(moments))
        except Exception:
            self._give_up()
            return None

    def _give_up(self) -> None:
        logger.warning("there is no digest for the page of this job", exc_info=True)
        self._failed = True
        self._waiting.clear()

    def _wait(self, each: Processed) -> None:
        if self._waiting and each.key == self._key:
            picture = self._waiting[-1][1]
        else:
            picture = SmallPicture(each.frame, self._reader.facts.pixel_aspect)
            self._bytes += picture.nbytes
        self._key = each.key
        self._waiting.append((each.result.frame_index, picture))
        while self._bytes > WAITING_BYTES:
            self._drop_first()

    def _picture_of(self, index: int) -> SmallPicture | None:
        while self._waiting and self._waiting[0][0] < index:
            self._drop_first()
        found = self._waiting[0] if self._waiting else None
        return found[1] if found and found[0] == index else None

    def _drop_first(self) -> None:
        _, picture = self._waiting.popleft()
        if not self._waiting or self._waiting[0][1] is not picture:
            self._bytes -= picture.nbytes

    def _is_cut(self, index: int, picture: SmallPicture | None) -> bool:
        if picture is None or index % LOOK_EVERY:
            return False
        cut = self._scene is not None and picture.differs_from(self._scene)
        if cut or self._scene is None:
            self._scene = picture
            _ = picture.tiny
        return cut


def _cover(moments: list[Moment]) -> bytes | None:
    """Of the moment in which most changes, the earliest of these."""
    best = max(moments, key=lambda moment: moment.score, default=None)
    return best.picture.cover if best and isinstance(best.picture, SmallPicture) else None


def _jpeg(image: Image, pixel_aspect: float, side: int) -> bytes:
    """At most `side` pixels on the longer side, never enlarged, with square pixels."""
    height, width = image.shape[0], image.shape[1] * pixel_aspect
    scale = min(1.0, side / max(height, width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    if size != (image.shape[1], image.shape[0]):
        image = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)
    encoded: Any = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])[1]
    return bytes(encoded.tobytes())
