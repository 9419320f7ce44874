"""Files in a folder of this machine."""

from __future__ import annotations

import errno
import shutil
from pathlib import Path, PurePosixPath

from jobs.disk import PRIVATE_FILE, disk_errors, fsync, make_folder
from jobs.exceptions import StoredFileMissing
from jobs.storage.base import StorageService


class LocalStorageService(StorageService):
    """Files below `root`; a save is fsync and rename, so it costs no copy on the same disk."""

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
