"""Frames of an MP4 through PyAV, with their times.

FFmpeg's MP4 demuxer reads the one open file: no other demuxer, file or protocol can be reached.
Times are those of the presentation timeline, as a browser's <video> counts them; what headers say
of durations and frame rates is not used. FFmpeg applies edit lists.
"""

from __future__ import annotations

from array import array
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import replace
from fractions import Fraction
from itertools import islice
from pathlib import Path
from typing import BinaryIO

import av
import numpy as np
from av.container import InputContainer
from av.error import FFmpegError
from av.packet import Packet
from av.stream import Disposition
from av.video.frame import VideoFrame
from av.video.reformatter import VideoReformatter
from av.video.stream import VideoStream

from pipeline.config import PipelineConfig
from pipeline.exceptions import TruncatedVideo, UnreadableVideo
from pipeline.threads import DECODER_THREADS
from pipeline.video.facts import MOST_SIZES, VideoFacts
from pipeline.video.frame import Frame, Image
from pipeline.video.geometry import Orientation
from pipeline.video.limits import check_length, check_pixels
from pipeline.video.structure import is_fragmented
from pipeline.video.watchdog import Watchdog

# A hostile index points to the same bytes again and again, so that a small file takes days to
# read. Some honest writers store equal frames only once.
MOST_REREADING = 8
# The demuxer raises for a sample that lies outside the file, then goes on with the next one.
MOST_FAULTS_IN_A_ROW = 100


class _DamagedPacket(Exception):
    """Several threads met a packet that cannot be decoded."""


class VideoReader:
    """The first enabled video track of an MP4 that is not cover art.

    Raises UnreadableVideo, TruncatedVideo or VideoTooLarge when it is made, from what the file
    says. facts are what it says, too, until frames have been read. As frames are read, times gets
    the seconds at which each is shown, and unreadable counts the packets that cannot be decoded.
    """

    def __init__(
        self, path: Path, config: PipelineConfig, watchdog: Watchdog | None = None
    ) -> None:
        self._path = path
        self._config = config
        self._watchdog = watchdog or Watchdog()
        self._reformatter = VideoReformatter()
        self.times = array("d")
        self.unreadable = 0
        with self._opened() as (_, stream):
            self._declared = self.facts = _declared(stream)

    def frames(self, stride: int = 1, start_s: float = 0.0) -> Generator[Frame]:
        """Yield every stride-th frame that a player shows, in the order of presentation.

        start_s: begin at a key frame before this time; frames then count from there.
        Raises UnreadableVideo if no frame can be decoded, VideoTooLarge if a frame, their number
        or their times exceed a limit, MemoryError.
        """
        yielded = 0
        try:
            for frame in self._shown(DECODER_THREADS, stride, start_s):
                yielded += 1
                yield frame
        except _DamagedPacket:
            # Frame threads can lose good frames behind a bad packet; one thread does not.
            yield from islice(self._shown(1, stride, start_s), yielded, None)

    def packet_times(self) -> array[float]:
        """Seconds at which the packets that are to be shown begin, in order; nothing is decoded.

        They are those of the frames unless the file is damaged or cut between key frames.
        """
        with self._opened() as (container, stream):
            packets = self._packets(container, stream)
            return array("d", sorted(_time_s(packet) for packet in packets if _is_shown(packet)))

    def _shown(self, threads: int, stride: int, start_s: float) -> Iterator[Frame]:
        self.times, self.unreadable = array("d"), 0
        latest_s = 0.0
        with self._opened() as (container, stream):
            stream.codec_context.thread_count = threads
            if start_s > 0:
                container.seek(int(start_s / _time_base(stream)), stream=stream)
            for index, frame in enumerate(self._decoded(container, stream)):
                self._watchdog.reset()
                check_pixels(self._config, frame.width, frame.height)
                self._note(frame)
                check_length(self._config, index + 1, self.facts.duration_s)
                latest_s = max(latest_s, self.times[-1])
                if index % stride == 0:
                    image = self._image(frame)
                    with self._watchdog.paused():
                        yield Frame(index, latest_s, image)
        # Some writers number B-frames in the order of coding.
        self.times = array("d", sorted(self.times))
        if not self.times:
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

    def _note(self, frame: VideoFrame) -> None:
        """Take down when the frame is shown, and what it tells of the video."""
        before_s = self.times[-1] if self.times else 0.0
        time_s = before_s if frame.time is None else frame.time
        self.times.append(time_s)
        self.facts = replace(self._sized(frame), frames=len(self.times))
        if time_s >= before_s:
            shown_s = float(frame.duration * frame.time_base) if frame.time_base else 0.0
            end_s = time_s + (shown_s or time_s - before_s)
            self.facts = replace(self.facts, duration_s=end_s - self.times[0])

    def _sized(self, frame: VideoFrame) -> VideoFacts:
        """The facts with the size of the frame, if it is another than before."""
        index, facts = len(self.times) - 1, self.facts
        transposed = Orientation(frame).transposed
        size = (frame.height, frame.width) if transposed else (frame.width, frame.height)
        if index == 0:
            aspect = self._declared.pixel_aspect
            aspect = 1 / aspect if transposed else aspect
            return replace(facts, sizes=((0, *size),), pixel_aspect=aspect)
        if facts.sizes[-1][1:] == size or len(facts.sizes) == MOST_SIZES:
            return facts
        return replace(facts, sizes=(*facts.sizes, (index, *size)))

    def _image(self, frame: VideoFrame) -> Image:
        # The view keeps the plane alive; swscale fills all of it or raises.
        plane = self._reformatter.reformat(frame, format="bgr24", threads=1).planes[0]
        rows = np.frombuffer(memoryview(plane), np.uint8).reshape(plane.height, plane.line_size)
        image = rows[:, : plane.width * 3].reshape(plane.height, plane.width, 3)
        return Orientation(frame).upright(image)

    @contextmanager
    def _opened(self) -> Iterator[tuple[InputContainer, VideoStream]]:
        """The container and its video track, within the limits and not cut off."""
        with self._watchdog.running(self._bytes()), _open(self._path) as file:
            fragmented = is_fragmented(file)
            try:
                container = av.open(file, "r", format="mov", metadata_errors="replace")
            except MemoryError:
                raise
            except FFmpegError as error:
                raise UnreadableVideo from error
            with container:
                stream = _video_track(container)
                self._check(stream)
                if not fragmented and _ends(stream) > self._bytes():
                    raise TruncatedVideo
                yield container, stream

    def _check(self, stream: VideoStream) -> None:
        facts = _declared(stream)
        check_pixels(self._config, *facts.size_of(0))
        check_length(self._config, max(facts.frames, len(stream.index_entries)), facts.duration_s)

    def _bytes(self) -> int:
        try:
            return self._path.stat().st_size
        except OSError:  # opening it says what is wrong
            return 0


@contextmanager
def _open(path: Path) -> Iterator[BinaryIO]:
    try:
        file = path.open("rb")
    except OSError as error:
        raise UnreadableVideo("The video file cannot be opened.") from error
    with file:
        yield file


def _video_track(container: InputContainer) -> VideoStream:
    """Raises UnreadableVideo if there is none that can be decoded."""
    tracks = [
        track
        for track in container.streams.video
        if not track.disposition & (Disposition.attached_pic | Disposition.timed_thumbnails)
    ]
    if not tracks:
        if container.streams.audio:
            raise UnreadableVideo("The MP4 holds sound only. Send a video.")
        raise UnreadableVideo("The MP4 has no video track. Send a video.")
    # The MP4 demuxer calls enabled tracks default ones.
    enabled = (track for track in tracks if track.disposition & Disposition.default)
    track = next(enabled, tracks[0])
    if track.codec_context is None:
        raise UnreadableVideo(
            "The codec of the video is not supported. Convert it to H.264, H.265, VP9 or AV1."
        )
    return track


def _declared(stream: VideoStream) -> VideoFacts:
    duration_s = float(stream.duration * _time_base(stream)) if stream.duration else 0.0
    return VideoFacts(
        sizes=((0, stream.codec_context.width, stream.codec_context.height),),
        pixel_aspect=float(stream.sample_aspect_ratio or 1) or 1.0,
        frames=stream.frames,
        duration_s=duration_s,
        codec=stream.codec_context.codec.canonical_name,
    )


def _ends(stream: VideoStream) -> int:
    """The offset in the file behind the last sample of the track."""
    return max((entry.pos + entry.size for entry in stream.index_entries), default=0)


def _time_base(stream: VideoStream) -> Fraction:
    return stream.time_base or Fraction(1, 1000)


def _is_shown(packet: Packet[VideoStream]) -> bool:
    return packet.size > 0 and packet.pts is not None and not packet.is_discard


def _time_s(packet: Packet[VideoStream]) -> float:
    return float((packet.pts or 0) * packet.time_base)
