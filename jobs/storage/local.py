"""Files in a folder of this machine."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from jobs.exceptions import StorageFull, StoredFileMissing
from jobs.storage.base import StorageService

DISK_FULL = (errno.ENOSPC, errno.EDQUOT)


class LocalStorageService(StorageService):
    """Files below `root`; a save is fsync and rename, so it costs no copy on the same disk."""

    def __init__(self, root: Path | str) -> None:
        self._root = Path(root)

    def save_file(self, src: Path, dest_path: str) -> str:
        dest = self._locate(dest_path)
        with disk_errors():
            dest.parent.mkdir(parents=True, exist_ok=True)
            fsync(src)
            try:
                src.replace(dest)
            except OSError as error:
                if error.errno != errno.EXDEV:
                    raise
                self._copy_over(src, dest)
            fsync(dest.parent)
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
            fsync(part)
            part.replace(dest)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
        src.unlink()


def fsync(path: Path) -> None:
    """Bring a file's content, or a folder's names, to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def disk_errors() -> Iterator[None]:
    """Turn a full disk into StorageFull and a missing file into StoredFileMissing."""
    try:
        yield
    except FileNotFoundError as error:
        raise StoredFileMissing from error
    except OSError as error:
        if error.errno in DISK_FULL:
            raise StorageFull from error
        raise
