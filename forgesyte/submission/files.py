"""The files of a submission: the videos that are sent, and the results that are saved."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryFile
from typing import BinaryIO

from forgesyte.api_client import Refused
from pipeline.config import PipelineConfig
from pipeline.exceptions import PipelineError
from pipeline.files import replacing
from pipeline.transcript import with_end

STANDARD_OUTPUT = Path("-")


def size_of(video: Path) -> int:
    """The size of a file in bytes; raises Refused if it cannot be sent."""
    try:
        size = video.stat().st_size
        if not video.is_file():
            raise Refused(f"{video} is not a file. Name an MP4 file.")
        video.open("rb").close()
    except FileNotFoundError:
        raise Refused(f"There is no file {video}.") from None
    except OSError as error:
        raise Refused(f"{video} cannot be read: {error.strerror}.") from error
    if size == 0:
        raise Refused(f"{video} is empty. Name an MP4 file.")
    return size


@contextmanager
def results_file(output: Path | None) -> Iterator[BinaryIO]:
    """A file that goes to `output`, or to standard output, once it is whole."""
    if output is None or output == STANDARD_OUTPUT:
        with TemporaryFile() as file:
            yield file
            if output:
                file.seek(0)
                shutil.copyfileobj(file, sys.stdout.buffer)
    else:
        with replacing(output) as file:
            yield file


def times_of(video: Path, config: PipelineConfig, frames: int) -> tuple[list[float], int]:
    """When each of so many frames is shown, with the end of the last one, and how many cannot be
    decoded; no times if the file does not tell.
    """
    from pipeline.video.reader import VideoReader  # here, since uploads have no use for it

    try:
        reader = VideoReader(video, config)
        times = reader.times_of(frames)
    except (PipelineError, OSError):
        return [], 0
    # It may not be the file any more that was sent.
    whole = len(times) >= frames
    return (list(with_end(times, None)), reader.unreadable) if whole else ([], 0)
