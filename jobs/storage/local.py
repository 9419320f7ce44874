"""Storage in local files; disk errors, fsync and permissions."""

from __future__ import annotations

import errno
import os
import re
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath

from jobs.exceptions import DataFolderUnusable, StorageFull, StoredFileMissing
from jobs.storage.base import StorageService

# Includes quotas and the limit on file sizes.
DISK_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
PRIVATE_FOLDER, PRIVATE_FILE = 0o700, 0o600
NOT_ALLOWED = (errno.EACCES, errno.EPERM, errno.EROFS)


class LocalStorageService(StorageService):
    """Files below `root`. Saving on the same disk is fsync and rename, without a copy."""

    def __init__(self, root: Path | str) -> None:
        self._root = Path(root)

    def save_file(self, src: Path, dest_path: str) -> str:
        dest = self._locate(dest_path)
        with disk_errors():
            make_folder(dest.parent)
            src.chmod(PRIVATE_FILE)
            fsync(src)
            try:
                src.replace(dest)
            except OSError as error:
                if error.errno != errno.EXDEV:
                    raise
                self._copy_over(src, dest)
            try:
                fsync(dest.parent)
            except OSError:
                dest.replace(src)
                raise
        return dest_path

    def load_file(self, path: str) -> Path:
        located = self._locate(path)
        if not located.is_file():
            raise StoredFileMissing
        return located

    def delete_file(self, path: str) -> bool:
        try:
            self._locate(path).unlink()
        except FileNotFoundError:
            return False
        return True

    def _locate(self, path: str) -> Path:
        parts = PurePosixPath(path).parts
        if not parts or path.startswith("/") or ".." in parts or "\0" in path:
            raise ValueError(f"Not a name inside the storage: {path!r}")
        return self._root.joinpath(*parts)

    @staticmethod
    def _copy_over(src: Path, dest: Path) -> None:
        part = dest.with_name(dest.name + ".part")
        try:
            shutil.copyfile(src, part)
            part.chmod(PRIVATE_FILE)
            fsync(part)
            part.replace(dest)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
        src.unlink()


@contextmanager
def disk_errors() -> Iterator[None]:
    """Raise OSError as StorageFull, StoredFileMissing or, with the reason, DataFolderUnusable."""
    try:
        yield
    except FileNotFoundError as error:
        raise StoredFileMissing from error
    except OSError as error:
        raise disk_error(error) from error


def disk_error(error: OSError) -> StorageFull | DataFolderUnusable:
    """The exception for an OSError on writing."""
    if error.errno in DISK_FULL:
        return StorageFull()
    reason = os.strerror(error.errno) if error.errno else "the operating system refused"
    remedy = " Make it writable and try again." if error.errno in NOT_ALLOWED else ""
    return DataFolderUnusable(f"The data folder cannot be written: {reason}.{remedy}")


def fsync(path: Path) -> None:
    """Flush a file, or a folder's entries, to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def remove_parts(folder: Path, prefix: str) -> None:
    """Remove files `<prefix><random>.part` of dead processes; links and folders stay."""
    ours = re.compile(rf"{prefix}[0-9a-z_]+\.part")
    for path in folder.iterdir():
        with disk_errors(), suppress(FileNotFoundError):
            if ours.fullmatch(path.name) and stat.S_ISREG(path.lstat().st_mode):
                path.unlink()


def make_folder(folder: Path) -> None:
    """Create a folder and its parents, durably, accessible to this user only."""
    missing = [path for path in folder.parents if not path.exists()]
    for path in (*reversed(missing), folder):
        if path.exists():
            path.mkdir(exist_ok=True)  # raises FileExistsError if it is a file
        else:
            path.mkdir(PRIVATE_FOLDER, exist_ok=True)
            fsync(path.parent)


def make_files_private(*paths: Path) -> None:
    """Restrict this user's files to this user."""
    for path in paths:
        with suppress(PermissionError, FileNotFoundError):
            path.chmod(PRIVATE_FILE)


def make_private(folder: Path) -> None:
    """Restrict an existing folder to this user, unless it is shared."""
    found = folder.stat()
    shared = bool(found.st_mode & stat.S_ISVTX) or folder.resolve() in (Path.home(), Path("/"))
    if found.st_uid == os.geteuid() and not shared:
        folder.chmod(PRIVATE_FOLDER)
