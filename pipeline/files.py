"""The files that commands are given: videos to read, and where what is made of them goes."""

import glob
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from pipeline.exceptions import UnusableFile

VIDEOS = (".mp4", ".m4v", ".mov")


def videos_of(named: list[Path]) -> list[Path]:
    """The files that are named, those of folders, and those that match a pattern; each once.

    Raises UnusableFile for a folder or a pattern without any.
    """
    found: dict[Path, None] = {}
    for path in named:
        if path.is_dir():
            inside = sorted(each for each in path.iterdir() if each.suffix.lower() in VIDEOS)
        elif glob.has_magic(str(path)) and not path.exists():
            root = Path(path.anchor)
            matches = root.glob(str(path.relative_to(root)))
            inside = sorted(each for each in matches if each.is_file())
        else:
            inside = [path]
        if not inside:
            raise UnusableFile(f"There is no video at {path} ({', '.join(VIDEOS)}).")
        found |= dict.fromkeys(inside)
    return list(found)


def require_video(video: Path) -> int:
    """The size of a file in bytes; raises UnusableFile if it cannot be read."""
    try:
        size = video.stat().st_size
        if not video.is_file():
            raise UnusableFile(f"{video} is not a file. Give an MP4 file.")
        video.open("rb").close()
    except FileNotFoundError:
        raise UnusableFile(f"There is no file {video}.") from None
    except OSError as error:
        raise UnusableFile(f"{video} cannot be read: {error.strerror}.") from error
    if size == 0:
        raise UnusableFile(f"{video} is empty. Give an MP4 file.")
    return size


def outputs_of(videos: list[Path], output: Path, ending: str) -> list[Path]:
    """A file for each video: `output`, or in that folder the video's name with another ending.

    Raises UnusableFile, before any work is done, if one of them cannot be written.
    """
    outputs = [output]
    if output.is_dir():
        outputs = [output / f"{video.stem}{ending}" for video in videos]
    elif len(videos) > 1:
        raise UnusableFile(f"{output} is not a folder. Several videos need one.")
    for number, each in enumerate(outputs):
        if each in outputs[:number]:
            raise UnusableFile(f"Two videos would be written to {each}. Run them one at a time.")
        _require_writable(each)
        if any(each.exists() and video.exists() and each.samefile(video) for video in videos):
            raise UnusableFile(f"{each} is one of the videos. Choose another file.")
    return outputs


@contextmanager
def replacing(output: Path) -> Iterator[BinaryIO]:
    """A file that takes the place of `output` once it is whole; raises UnusableFile.

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
        raise UnusableFile(f"{output} cannot be written: {error.strerror}.") from error
    finally:
        part.unlink(missing_ok=True)


def _require_writable(output: Path) -> None:
    target = output.resolve()
    if target.exists() and not target.is_file():
        raise UnusableFile(f"{output} is not a file.")
    if not target.parent.is_dir():
        raise UnusableFile(f"There is no folder {target.parent}.")
    if not os.access(target.parent, os.W_OK | os.X_OK):
        raise UnusableFile(f"Cannot write to the folder {target.parent}.")
