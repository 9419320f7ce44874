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
        """Move the file `src` to `dest_path`, replacing any stored file; returns `dest_path`.

        Raises StorageFull, or StoredFileMissing if `src` does not exist; the storage is then
        unchanged.
        """

    @abstractmethod
    def load_file(self, path: str) -> Path:
        """A local file with the stored content, for reading. Raises StoredFileMissing."""

    @abstractmethod
    def delete_file(self, path: str) -> bool:
        """Delete a stored file; False if there was none."""
