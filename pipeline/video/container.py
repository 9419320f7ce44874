"""An MP4 opened for decoding: its video track, within the limits and not cut off.

FFmpeg's MP4 demuxer reads the one open file: no other demuxer, file or protocol can be reached.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path

import av
from av.container import InputContainer
from av.error import FFmpegError
from av.stream import Disposition
from av.video.stream import VideoStream

from pipeline.config import PipelineConfig
from pipeline.exceptions import TruncatedVideo, UnreadableVideo, VideoTooLarge
from pipeline.video.facts import VideoFacts
from pipeline.video.structure import is_fragmented

NOT_THE_VIDEO = Disposition.attached_pic | Disposition.timed_thumbnails


@contextmanager
def opened(path: Path, config: PipelineConfig) -> Iterator[tuple[InputContainer, VideoStream]]:
    """The container and the track to read: the first enabled one that is not cover art.

    Raises UnreadableVideo, TruncatedVideo or VideoTooLarge.
    """
    try:
        file = path.open("rb")
    except OSError as error:
        raise UnreadableVideo("The video file cannot be opened.") from error
    with file:  # once it is opened, where it stands is the demuxer's
        fragmented = is_fragmented(file)
        try:
            container = av.open(file, "r", format="mov", metadata_errors="replace")
        except MemoryError:
            raise
        except FFmpegError as error:
            raise UnreadableVideo from error
        with container:
            stream = _video_track(container)
            facts = declared(stream)
            samples = len(stream.index_entries)
            check_pixels(config, *facts.size_of(0))
            check_length(config, max(facts.frames, samples), facts.duration_s)
            if not fragmented and _end(stream) > os.fstat(file.fileno()).st_size:
                raise TruncatedVideo
            yield container, stream


def declared(stream: VideoStream) -> VideoFacts:
    """What the file says of a track, before anything is decoded."""
    return VideoFacts(
        sizes=((0, stream.codec_context.width, stream.codec_context.height),),
        pixel_aspect=float(stream.sample_aspect_ratio or 1),
        frames=stream.frames,
        duration_s=float((stream.duration or 0) * time_base(stream)),
        codec=stream.codec_context.codec.canonical_name,
    )


def time_base(stream: VideoStream) -> Fraction:
    """Seconds of one unit of the track's times."""
    return stream.time_base or Fraction(1, 1000)


def _video_track(container: InputContainer) -> VideoStream:
    tracks = [t for t in container.streams.video if not t.disposition & NOT_THE_VIDEO]
    if not tracks:
        if container.streams.audio:
            raise UnreadableVideo("The MP4 holds sound only. Send a video.")
        raise UnreadableVideo("The MP4 has no video track. Send a video.")
    # The demuxer calls enabled tracks default ones.
    track = next((t for t in tracks if t.disposition & Disposition.default), tracks[0])
    if track.codec_context is None:
        raise UnreadableVideo(
            "The codec of the video is not supported. Convert it to H.264, H.265, VP9 or AV1."
        )
    return track


def _end(stream: VideoStream) -> int:
    """The offset in the file behind the last sample of the track."""
    return max((entry.pos + entry.size for entry in stream.index_entries), default=0)


def check_pixels(config: PipelineConfig, width: int, height: int) -> None:
    """Raise VideoTooLarge for a frame of more pixels than allowed."""
    if width * height > config.max_pixels:
        raise VideoTooLarge(
            f"The video is {width} x {height} pixels; "
            f"the limit is {config.max_pixels} pixels a frame."
        )


def check_length(config: PipelineConfig, frames: int, seconds: float) -> None:
    """Raise VideoTooLarge for more frames or seconds than allowed."""
    if frames > config.max_frames:
        raise VideoTooLarge(
            f"The video has {frames} frames or more; the limit is {config.max_frames} frames."
        )
    if seconds > config.max_duration_s:
        raise VideoTooLarge(
            f"The video lasts {seconds:.0f} seconds or more; "
            f"the limit is {config.max_duration_s:g} seconds."
        )
