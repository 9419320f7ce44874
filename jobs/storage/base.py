"""The contract of a file storage."""

from __future__ import annotations

from abc import ABC, abstractmethod
from pathlib import Path


class StorageService(ABC):
    """Keeps files under names relative to its root, such as `video_jobs/<job_id>.mp4`.

    Saving is atomic and durable: a reader sees the whole file or none, even after a power cut.
    Names that would leave the root raise ValueError.
    """

    @abstractmethod
    def save_file(self, src: Path, dest_path: str) -> str:
        """Take the file `src` over: afterwards it is stored as `dest_path` and `src` is gone.

        Replaces what was stored under that name, and returns the name. Raises StorageFull when
        there is no room, StoredFileMissing when `src` does not exist; the storage is then as
        it was before.
        """

    @abstractmethod
    def load_file(self, path: str) -> Path:
        """A local file with the stored content, to be read only; StoredFileMissing if none."""

    @abstractmethod
    def delete_file(self, path: str) -> bool:
        """Remove the stored file; False if there was none."""
