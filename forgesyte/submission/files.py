"""The files of a submission: the videos that are sent, and the results that are saved."""

from __future__ import annotations

import glob
import os
import secrets
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
from pipeline.transcript import with_end

VIDEOS = (".mp4", ".m4v", ".mov")
STANDARD_OUTPUT = Path("-")


def videos_of(named: list[Path]) -> list[Path]:
    """The files that are named, those of folders, and those that match a pattern; each once."""
    found: dict[Path, None] = {}
    for path in named:
        if path.is_dir():
            inside = sorted(each for each in path.iterdir() if each.suffix.lower() in VIDEOS)
            if not inside:
                raise Refused(f"There is no video in the folder {path} ({', '.join(VIDEOS)}).")
        elif glob.has_magic(str(path)) and not path.exists():
            root = Path(path.anchor)
            inside = sorted(
                each for each in root.glob(str(path.relative_to(root))) if each.is_file()
            )
            if not inside:
                raise Refused(f"No file matches {path}.")
        else:
            inside = [path]
        found |= dict.fromkeys(inside)
    return list(found)


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


def outputs_of(videos: list[Path], output: Path | None) -> list[Path | None]:
    """Where the results of each video go; raises Refused, before anything is sent, if they cannot
    be saved there.
    """
    if output is None or output == STANDARD_OUTPUT:
        if output and len(videos) > 1:
            raise Refused("--output - takes one video. Name a folder for the results of several.")
        return [output] * len(videos)
    if len(videos) > 1 and not output.is_dir():
        raise Refused(f"{output} is no folder. Name one for the results of several videos.")
    outputs = [output]
    if output.is_dir():
        outputs = [output / f"{video.stem}_results.json" for video in videos]
    for number, each in enumerate(outputs):
        if each in outputs[:number]:
            raise Refused(f"The results of two videos would go to {each}. Send one of them later.")
        _require_writable(each)
    return list(outputs)


def _require_writable(output: Path) -> None:
    target = output.resolve()
    if target.exists() and not target.is_file():
        raise Refused(f"{output} is not a file. Name a file for the results.")
    if not target.parent.is_dir():
        raise Refused(f"There is no folder {target.parent}.")
    if not os.access(target.parent, os.W_OK | os.X_OK):
        raise Refused(f"Nothing can be written to the folder {target.parent}.")


@contextmanager
def results_file(output: Path | None) -> Iterator[BinaryIO]:
    """A file that goes to `output`, or to standard output, once it is whole; raises Refused.

    A link stays one: the file that it points to is replaced. Whatever goes wrong, `output` holds
    what it held before, and nothing else is left.
    """
    if output is None or output == STANDARD_OUTPUT:
        with TemporaryFile() as file:
            yield file
            if output:
                file.seek(0)
                shutil.copyfileobj(file, sys.stdout.buffer)
        return
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
