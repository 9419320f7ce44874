"""One contract for every storage, and what is particular to the local one."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from jobs.exceptions import StorageFull, StoredFileMissing
from jobs.storage.base import StorageService
from jobs.storage.local import LocalStorageService

IMPLEMENTATIONS = [LocalStorageService]


@pytest.fixture(params=IMPLEMENTATIONS, ids=lambda kind: kind.__name__)
def service(request: pytest.FixtureRequest, tmp_path: Path) -> StorageService:
    made: StorageService = request.param(root=tmp_path / "root")
    return made


@pytest.fixture
def source(tmp_path: Path) -> Callable[[bytes], Path]:
    def write(content: bytes) -> Path:
        path = tmp_path / "source.part"
        path.write_bytes(content)
        return path

    return write


def test_save_file(service: StorageService, source: Callable[[bytes], Path]) -> None:
    src = source(b"video")
    assert service.save_file(src, "video_jobs/a.mp4") == "video_jobs/a.mp4"
    assert not src.exists()


def test_load_file(service: StorageService, source: Callable[[bytes], Path]) -> None:
    service.save_file(source(b"video"), "video_jobs/a.mp4")
    assert service.load_file("video_jobs/a.mp4").read_bytes() == b"video"


def test_load_missing_file(service: StorageService) -> None:
    with pytest.raises(StoredFileMissing):
        service.load_file("video_jobs/none.mp4")


def test_save_missing_source(service: StorageService, tmp_path: Path) -> None:
    with pytest.raises(StoredFileMissing):
        service.save_file(tmp_path / "none", "video_jobs/a.mp4")


def test_delete_file(service: StorageService, source: Callable[[bytes], Path]) -> None:
    service.save_file(source(b"video"), "video_jobs/a.mp4")
    assert service.delete_file("video_jobs/a.mp4") is True
    assert service.delete_file("video_jobs/a.mp4") is False
    with pytest.raises(StoredFileMissing):
        service.load_file("video_jobs/a.mp4")


def test_saving_again_replaces(service: StorageService, source: Callable[[bytes], Path]) -> None:
    service.save_file(source(b"one"), "video_jobs/a.mp4")
    service.save_file(source(b"two"), "video_jobs/a.mp4")
    assert service.load_file("video_jobs/a.mp4").read_bytes() == b"two"


@pytest.mark.parametrize("name", ["", "/etc/passwd", "../out", "a/../../out", "a\0b"])
def test_names_outside_are_refused(
    service: StorageService, source: Callable[[bytes], Path], name: str
) -> None:
    with pytest.raises(ValueError, match="inside the storage"):
        service.save_file(source(b"x"), name)
    with pytest.raises(ValueError, match="inside the storage"):
        service.load_file(name)


def test_path_structure(source: Callable[[bytes], Path], tmp_path: Path) -> None:
    LocalStorageService(tmp_path).save_file(source(b"x"), "video_jobs/a_results.json")
    assert (tmp_path / "video_jobs" / "a_results.json").is_file()


def test_path_deterministic(tmp_path: Path, source: Callable[[bytes], Path]) -> None:
    service = LocalStorageService(tmp_path)
    service.save_file(source(b"x"), "video_jobs/a.mp4")
    assert service.load_file("video_jobs/a.mp4") == service.load_file("video_jobs/a.mp4")
    assert LocalStorageService(str(tmp_path)).load_file("video_jobs/a.mp4").read_bytes() == b"x"


def other_disk(monkeypatch: pytest.MonkeyPatch, src: Path) -> None:
    """Make `src` look as if it lay on another disk, where a rename is refused."""
    replace = Path.replace

    def refuse(self: Path, target: Path) -> Path:
        if self == src:
            raise OSError(errno.EXDEV, os.strerror(errno.EXDEV))
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", refuse)


def test_file_from_another_disk_is_copied(
    tmp_path: Path, source: Callable[[bytes], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    src = source(b"video")
    other_disk(monkeypatch, src)
    service = LocalStorageService(tmp_path / "root")
    service.save_file(src, "video_jobs/a.mp4")
    assert service.load_file("video_jobs/a.mp4").read_bytes() == b"video"
    assert not src.exists()
    assert [p.name for p in (tmp_path / "root" / "video_jobs").iterdir()] == ["a.mp4"]


def test_temp_cleanup(
    tmp_path: Path, source: Callable[[bytes], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    src = source(b"video")
    other_disk(monkeypatch, src)

    def full(*args: object) -> None:
        Path(str(args[1])).write_bytes(b"vi")
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("shutil.copyfile", full)
    with pytest.raises(StorageFull):
        LocalStorageService(tmp_path / "root").save_file(src, "video_jobs/a.mp4")
    assert list((tmp_path / "root" / "video_jobs").iterdir()) == []
    assert src.read_bytes() == b"video"
