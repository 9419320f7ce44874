"""Frames of an MP4 through PyAV, with their times.

Times are those of the presentation timeline, as a browser's <video> counts them; what headers say
of durations and frame rates is not used. FFmpeg applies edit lists.
"""

from __future__ import annotations

import sys
from array import array
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

import numpy as np
from av.container import InputContainer
from av.error import FFmpegError
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.reformatter import VideoReformatter
from av.video.stream import VideoStream

from pipeline.config import PipelineConfig
from pipeline.exceptions import UnreadableVideo
from pipeline.vendor import DECODER_THREADS
from pipeline.video.container import check_length, check_pixels, declared, opened
from pipeline.video.facts import VideoFacts
from pipeline.video.frame import Frame, Image
from pipeline.video.measured import MeasuredVideo, Orientation
from pipeline.video.watchdog import Watchdog

# A hostile index points to the same bytes again and again, so that a small file takes days to
# read. Some honest writers store equal frames only once.
MOST_REREADING = 8
# Four frames of 4:2:0 in a decoder with two threads, two in BGR on their way.
LEAST_BYTES_A_PIXEL = 12
# The demuxer raises for a sample that lies outside the file, then goes on with the next one.
MOST_FAULTS_IN_A_ROW = 100


class _DamagedPacket(Exception):
    """Several threads met a packet that cannot be decoded."""


class VideoReader:
    """The first enabled video track of an MP4 that is not cover art.

    Raises UnreadableVideo, TruncatedVideo or VideoTooLarge when it is made, from what the file
    says. unreadable: packets that could not be decoded so far.
    """

    def __init__(
        self, path: Path, config: PipelineConfig, watchdog: Watchdog | None = None
    ) -> None:
        self._path = path
        self._config = config
        self._watchdog = watchdog or Watchdog()
        self._reformatter = VideoReformatter()
        self.unreadable = 0
        with self._opened() as (_, stream):
            self._declared = declared(stream)
        self._measured = MeasuredVideo(self._declared)

    @property
    def facts(self) -> VideoFacts:
        """As the file says before frames are read, then as they are."""
        return self._measured.facts

    @property
    def times(self) -> array[float]:
        """Seconds at which each of the frames is shown that have been decoded so far."""
        return self._measured.times

    def frames(self, stride: int = 1) -> Generator[Frame]:
        """Yield every stride-th frame that a player shows, in the order of presentation.

        Raises UnreadableVideo if no frame can be decoded, VideoTooLarge if a frame, their number
        or their times exceed a limit, MemoryError.
        """
        yielded = 0
        try:
            for frame in self._shown(DECODER_THREADS, stride):
                yielded += 1
                yield frame
        except _DamagedPacket:
            # Several threads can lose good frames behind a bad packet; one thread does not.
            yield from islice(self._shown(1, stride), yielded, None)

    def times_of(self, frames: int) -> array[float]:
        """Seconds at which each frame is shown of a video of which so many are shown.

        Its packets tell unless it is damaged or cut between key frames; then it is decoded.
        """
        times = self._packet_times()
        if len(times) == frames:
            return times
        for _ in self.frames(stride=sys.maxsize):
            pass
        return self.times

    def _packet_times(self) -> array[float]:
        with self._opened() as (container, stream):
            shown = (
                float(packet.pts * packet.time_base)
                for packet in self._packets(container, stream)
                if packet.size and packet.pts is not None and not packet.is_discard
            )
            return array("d", sorted(shown))

    def _shown(self, threads: int, stride: int) -> Iterator[Frame]:
        self.unreadable = 0
        measured = self._measured = MeasuredVideo(self._declared)
        latest_s, orientation = 0.0, None
        with self._opened() as (container, stream):
            self._require_memory()
            stream.codec_context.thread_count = threads
            stream.codec_context.thread_type = "AUTO"
            for index, frame in enumerate(self._decoded(container, stream)):
                self._watchdog.reset()
                check_pixels(self._config, frame.width, frame.height)
                # Of the track. The look-up makes a cycle that keeps the frame until a collection.
                orientation = orientation or Orientation(frame)
                measured.add(frame, orientation)
                check_length(self._config, measured.frames, measured.duration_s)
                latest_s = max(latest_s, measured.time_s)
                if index % stride == 0:
                    image = orientation.upright(self._image(frame))
                    with self._watchdog.paused():
                        yield Frame(index, latest_s, image)
        if not measured.frames:
            raise UnreadableVideo(
                "No frame of the video could be decoded. It is damaged, or its format "
                f"({self.facts.codec}) is not supported."
            )

    def _decoded(self, container: InputContainer, stream: VideoStream) -> Iterator[VideoFrame]:
        threaded = stream.codec_context.thread_count > 1
        read, most = 0, MOST_REREADING * self._bytes()
        for packet in self._packets(container, stream):
            read += packet.size
            if read > most:
                raise UnreadableVideo(
                    "The MP4 is damaged: its index lists more data than the file holds."
                )
            if packet.has_sidedata("encryption_info"):
                raise UnreadableVideo("The video is encrypted. Send one without copy protection.")
            try:
                yield from packet.decode()
            except MemoryError:
                raise
            except FFmpegError as error:
                if threaded:
                    raise _DamagedPacket from error
                self.unreadable += 1

    def _packets(
        self, container: InputContainer, stream: VideoStream
    ) -> Iterator[Packet[VideoStream]]:
        """Those of the track; the last one is empty and flushes the decoder."""
        faults = 0
        while True:
            try:
                for packet in container.demux(stream):
                    faults = 0
                    yield packet
                return
            except MemoryError:
                raise
            except FFmpegError as error:
                self.unreadable += 1
                faults += 1
                if faults > MOST_FAULTS_IN_A_ROW:
                    raise UnreadableVideo from error

    def _require_memory(self) -> None:
        """Raise MemoryError now: decoders that get no memory may crash."""
        width, height = self._declared.size_of(0)
        np.empty(LEAST_BYTES_A_PIXEL * width * height, dtype=np.uint8)

    def _image(self, frame: VideoFrame) -> Image:
        """The frame as it is coded; a view that keeps FFmpeg's memory alive.

        swscale fills all of it or raises.
        """
        plane = self._reformatter.reformat(frame, format="bgr24", threads=1).planes[0]
        rows = np.frombuffer(memoryview(plane), np.uint8).reshape(plane.height, plane.line_size)
        return rows[:, : plane.width * 3].reshape(plane.height, plane.width, 3)

    @contextmanager
    def _opened(self) -> Iterator[tuple[InputContainer, VideoStream]]:
        running = self._watchdog.running(self._bytes())
        with running, opened(self._path, self._config) as container_and_stream:
            yield container_and_stream

    def _bytes(self) -> int:
        try:
            return self._path.stat().st_size
        except OSError:  # opening it says what is wrong
            return 0
