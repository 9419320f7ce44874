"""What a disk refuses, in the words of jobs; and bringing files and names to it for good."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from jobs.exceptions import DataFolderUnusable, StorageFull, StoredFileMissing

# No room: the disk is full, a quota is used up, or a limit on the size of files is reached.
DISK_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
PRIVATE_FOLDER, PRIVATE_FILE = 0o700, 0o600
NOT_ALLOWED = (errno.EACCES, errno.EPERM, errno.EROFS)


@contextmanager
def disk_errors() -> Iterator[None]:
    """An OSError as StorageFull, StoredFileMissing or, with the reason, DataFolderUnusable."""
    try:
        yield
    except FileNotFoundError as error:
        raise StoredFileMissing from error
    except OSError as error:
        raise refused(error) from error


def refused(error: OSError) -> StorageFull | DataFolderUnusable:
    """Why nothing can be written."""
    if error.errno in DISK_FULL:
        return StorageFull()
    reason = os.strerror(error.errno) if error.errno else "the operating system refused"
    remedy = " Make it writable and try again." if error.errno in NOT_ALLOWED else ""
    return DataFolderUnusable(f"The data folder cannot be written: {reason}.{remedy}")


def fsync(path: Path) -> None:
    """Bring a file's content, or a folder's names, to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def make_folder(folder: Path) -> None:
    """Make a folder, and those above it, for this user alone; a power cut takes none away."""
    missing = [path for path in folder.parents if not path.exists()]
    for path in (*reversed(missing), folder):
        if path.exists():
            path.mkdir(exist_ok=True)  # raises FileExistsError if it is no folder
        else:
            path.mkdir(PRIVATE_FOLDER, exist_ok=True)
            fsync(path.parent)


def make_private(folder: Path) -> None:
    """Let nobody but this user into a folder that is there, unless it is one for all."""
    found = folder.stat()
    shared = bool(found.st_mode & stat.S_ISVTX) or folder.resolve() in (Path.home(), Path("/"))
    if found.st_uid == os.geteuid() and not shared:
        folder.chmod(PRIVATE_FOLDER)
