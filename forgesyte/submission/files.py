"""The files of a submission: the video that is sent, and the results that are saved."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from forgesyte.findings import Timeline
from forgesyte.submission.calls import Refused
from pipeline.config import PipelineConfig
from pipeline.exceptions import PipelineError


def size_of(video: Path) -> int:
    """The size of a file in bytes; raises Refused if it cannot be sent."""
    try:
        size = video.stat().st_size
        if not video.is_file():
            kind = "a folder" if video.is_dir() else "not a file"
            raise Refused(f"{video} is {kind}. Name an MP4 file.")
        video.open("rb").close()
    except FileNotFoundError:
        raise Refused(f"There is no file {video}.") from None
    except OSError as error:
        raise Refused(f"{video} cannot be read: {error.strerror}.") from error
    if size == 0:
        raise Refused(f"{video} is empty. Name an MP4 file.")
    return size


def require_writable(output: Path) -> None:
    """Raise Refused if results cannot be saved there; said before anything is sent."""
    target = output.resolve()
    if target.exists() and not target.is_file():
        kind = "a folder" if target.is_dir() else "not a file"
        raise Refused(f"{output} is {kind}. Name a file for the results.")
    if not target.parent.is_dir():
        raise Refused(f"There is no folder {target.parent}.")
    if not os.access(target.parent, os.W_OK | os.X_OK):
        raise Refused(f"Nothing can be written to the folder {target.parent}.")


@contextmanager
def replacing(output: Path) -> Iterator[BinaryIO]:
    """A file that takes the place of `output` once it is whole; raises Refused.

    A link stays one: the file that it points to is replaced. Whatever goes wrong, `output` holds
    what it held before, and nothing else is left.
    """
    target = output.resolve()
    part = target.with_name(f".{target.name[:100]}.{secrets.token_hex(4)}.part")
    try:
        with part.open("xb+") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        part.replace(target)
    except OSError as error:
        raise Refused(f"The results cannot be saved to {output}: {error.strerror}.") from error
    finally:
        part.unlink(missing_ok=True)


def timeline_of(video: Path, config: PipelineConfig, frames: int) -> Timeline | None:
    """When each of so many frames is shown; None if the file does not tell."""
    from pipeline.video.reader import VideoReader  # here, since uploads have no use for it

    try:
        reader = VideoReader(video, config)
        times = reader.times_of(frames)
    except (PipelineError, OSError):
        return None
    # It may not be the file any more that was sent.
    return Timeline(times, reader.unreadable) if len(times) >= frames else None
