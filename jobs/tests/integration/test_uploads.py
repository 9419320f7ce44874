"""Uploads on their way to the disk: what is left behind, and a disk that fills meanwhile."""

from __future__ import annotations

import errno
import gc
import os
from pathlib import Path

import pytest
from rest_framework.test import APIClient

from jobs.api.uploads import RESERVED_BYTES, PartFileUploadHandler, remove_leftovers
from jobs.exceptions import DataFolderUnusable, StorageFull
from jobs.storage.local import LocalStorageService
from jobs.store.base import JobStore
from jobs.tests.conftest import MP4_HEAD, mp4

URL = "/v1/video/submit"


def test_leftovers_of_uploads_are_removed_and_nothing_else(data_folder: Path) -> None:
    temp = data_folder / "tmp"
    temp.mkdir()
    foreign = ("results-1.part", "upload-3.mp4", "upload-film.mkv.part", "upload-4.part/mine.txt")
    for name in ("upload-1.part", "upload-2.part", *foreign):
        (temp / name).parent.mkdir(exist_ok=True)
        (temp / name).touch()
    (temp / "upload-5.part").symlink_to(temp / "results-1.part")
    remove_leftovers()
    left = sorted(str(path.relative_to(temp)) for path in temp.rglob("*") if path.is_file())
    assert left == sorted([*foreign, "upload-5.part"])


def test_an_upload_leaves_the_reserve_of_the_disk_alone(
    api: APIClient, data_folder: Path, store: JobStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.size()
    free, chunk = os.statvfs(data_folder), PartFileUploadHandler.chunk_size
    rooms = [free.f_bavail * free.f_frsize, RESERVED_BYTES + chunk, RESERVED_BYTES + chunk - 1]
    asked: list[object] = []

    def fills(path: object) -> os.statvfs_result:
        asked.append(path)
        return os.statvfs_result((1, 1, *free[2:4], rooms[len(asked) - 1], *free[5:10]))

    monkeypatch.setattr(os, "statvfs", fills)
    content = MP4_HEAD + bytes(3 * chunk)
    answer = api.post(URL, {"file": mp4(content)}, format="multipart")
    assert (answer.status_code, len(asked)) == (507, 3)
    assert list((data_folder / "tmp").iterdir()) == []
    assert store.size() == 0


def test_error_that_is_no_full_disk_is_not_called_one(tmp_path: Path) -> None:
    source = tmp_path / "source.part"
    source.write_bytes(b"video")
    (tmp_path / "root" / "a.mp4").mkdir(parents=True)
    with pytest.raises(DataFolderUnusable, match="Is a directory"):
        LocalStorageService(tmp_path / "root").save_file(source, "a.mp4")
    assert source.read_bytes() == b"video"


def test_temporary_folder_that_cannot_be_used_is_told_without_its_path(
    api: APIClient, data_folder: Path
) -> None:
    (data_folder / "tmp").write_text("no folder")
    answer = api.post(URL, {"file": mp4()})
    assert answer.status_code == 503
    assert answer.json() == {"detail": "The data folder cannot be written: File exists."}
    (data_folder / "tmp").unlink()
    assert api.post(URL, {"file": mp4()}).status_code == 202


def test_failed_folder_sync_leaves_the_storage_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = tmp_path / "source.part"
    source.write_bytes(b"video")
    sync = os.fsync

    def refuse(descriptor: int) -> None:
        if Path(f"/proc/self/fd/{descriptor}").resolve().is_dir():
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        sync(descriptor)

    (tmp_path / "root").mkdir()
    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(StorageFull):
        LocalStorageService(tmp_path / "root").save_file(source, "a.mp4")
    assert source.read_bytes() == b"video"
    assert list((tmp_path / "root").iterdir()) == []


@pytest.mark.parametrize(
    "rest",
    [
        b"\r\nContent-Transfer-Encoding: base64\r\n\r\n" + b"!" * 99,
        b"\r\n\r\n" + MP4_HEAD + b"\r\n--x\r\nX: " + bytes(99_999) + b"\r\n\r\n",
    ],
    ids=["no base64", "long header line in the next part"],
)
def test_a_form_that_breaks_after_the_file_began_leaves_nothing(
    api: APIClient, data_folder: Path, rest: bytes
) -> None:
    file = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.mp4"'
    gc.disable()  # nothing may wait for it
    try:
        body = file + rest + b"\r\n--x--\r\n"
        answer = api.generic(
            "POST", URL, body.decode(), content_type="multipart/form-data; boundary=x"
        )
        assert (answer.status_code, list(answer.json())) == (400, ["detail"])
        assert list((data_folder / "tmp").iterdir()) == []
    finally:
        gc.enable()
