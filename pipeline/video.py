"""Frames of an MP4, one after the other, through OpenCV's FFmpeg.

A source frame is what a viewer of the video sees: turned as the file's rotation says and without
what its edit list cuts away. Its pixels are those of the coded video, not of the display.
"""

import os
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from pipeline.config import PipelineConfig
from pipeline.decoder_alarm import DecoderAlarm
from pipeline.exceptions import UnreadableVideo, VideoTooLarge
from pipeline.mp4_index import VideoIndex, read_video_index
from pipeline.threads import DECODER_THREADS

Frame = npt.NDArray[np.uint8]  # height x width x 3, BGR

# `ftyp` does not pin the demuxer: FFmpeg goes by the content and opens playlists and AVI files
# of any name. These options are looked at each time a capture is opened.
CAPTURE_OPTIONS = "input_format;mov|protocol_whitelist;file"
# FFmpeg gives up after so many packets without a frame; sound packets count, too.
READ_ATTEMPTS = 1_000_000


class VideoReader:
    """Checks the limits of a video first and then decodes it, both within what `alarm` allows.

    Raises UnreadableVideo, TruncatedVideo or VideoTooLarge when it is made.
    """

    def __init__(
        self, path: Path, config: PipelineConfig, alarm: DecoderAlarm | None = None
    ) -> None:
        self._path = path.resolve()
        self._config = config
        self._alarm = alarm or DecoderAlarm()
        with self._alarm.running(self._bytes()):
            self._index = read_video_index(self._path, config.max_frames)
        self._check_limits(self._index)

    def frames(self, stride: int = 1) -> Generator[tuple[int, Frame]]:
        """Yield (frame_index, frame) of every stride-th frame from frame 0 on.

        Raises UnreadableVideo if frames that the file declares cannot be decoded, VideoTooLarge
        if the decoded video exceeds a limit that the file did not declare, MemoryError.
        """
        index = 0
        with self._alarm.running(self._bytes()), open_capture(self._path) as capture:
            width, height = _resolution(capture)
            self._check_pixels(width, height)
            while capture.grab():
                self._alarm.again()
                if index >= self._config.max_frames:
                    self._refuse_frames(f"more than {index}")
                if index % stride == 0:
                    readable, frame = capture.retrieve()
                    if not readable:
                        break
                    self._check_pixels(frame.shape[1], frame.shape[0])
                    with self._alarm.resting():
                        yield index, frame
                index += 1
            if index < self._least_frames():
                # FFmpeg does not tell that it got no memory: then there is none for this either.
                np.empty((height, width, 3), dtype=np.uint8)
        self._check_complete(index)

    def _bytes(self) -> int:
        try:
            return self._path.stat().st_size
        except OSError:  # the index says what is wrong
            return 0

    def _check_limits(self, index: VideoIndex) -> None:
        self._check_pixels(index.width, index.height)
        if index.frames > self._config.max_frames:
            self._refuse_frames(str(index.frames))
        if index.duration_s > self._config.max_duration_s:
            raise VideoTooLarge(
                f"The video lasts {index.duration_s:.0f} seconds; "
                f"the limit is {self._config.max_duration_s:g} seconds."
            )
        if index.overlapping:
            raise UnreadableVideo(
                "The MP4 is damaged: its index tells of more data than the file holds."
            )

    def _check_pixels(self, width: int, height: int) -> None:
        if width * height > self._config.max_pixels:
            raise VideoTooLarge(
                f"The video is {width} x {height} pixels; "
                f"the limit is {self._config.max_pixels} pixels a frame."
            )

    def _refuse_frames(self, count: str) -> None:
        limit = self._config.max_frames
        raise VideoTooLarge(f"The video has {count} frames; the limit is {limit} frames.")

    def _check_complete(self, decoded: int) -> None:
        """read() is False at the end and after an error alike; the count tells them apart."""
        if decoded == 0:
            raise UnreadableVideo(
                "No frame of the video could be decoded. It is damaged, or its format "
                f"({self._index.codec}) is not supported; H.264, H.265, VP9 and MPEG-4 are."
            )
        if decoded < self._least_frames():
            raise UnreadableVideo(
                f"The video is damaged: only {decoded} of {self._index.frames} frames could be "
                "decoded."
            )

    def _least_frames(self) -> int:
        return self._index.frames - self._index.tolerance


@contextmanager
def open_capture(path: Path) -> Iterator[Any]:
    """OpenCV's capture of an MP4; raises UnreadableVideo if it cannot be opened."""
    os.environ["OPENCV_FFMPEG_CAPTURE_OPTIONS"] = CAPTURE_OPTIONS
    os.environ["OPENCV_FFMPEG_READ_ATTEMPTS"] = str(READ_ATTEMPTS)
    os.environ["OPENCV_FFMPEG_LOGLEVEL"] = "-8"  # quiet: what is wrong is in our own messages
    import cv2

    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
    threads = [cv2.CAP_PROP_N_THREADS, DECODER_THREADS]
    capture = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG, threads)
    try:
        if not capture.isOpened():
            raise UnreadableVideo
        yield capture
    finally:
        capture.release()


def _resolution(capture: Any) -> tuple[int, int]:
    import cv2

    width = capture.get(cv2.CAP_PROP_FRAME_WIDTH)
    return int(width), int(capture.get(cv2.CAP_PROP_FRAME_HEIGHT))
