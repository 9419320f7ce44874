"""What the pages keep on the disk."""

from __future__ import annotations

import os
import uuid
from pathlib import Path

import pytest

from jobs.pages.frames.cache import PageCache

JOB = uuid.UUID(int=1)
JPEG = b"\xff\xd8" + bytes(996) + b"\xff\xd9"


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "source"
    path.write_bytes(b"1")
    return path


def test_picture_is_kept(tmp_path: Path) -> None:
    cache = PageCache(tmp_path / "pages")
    assert cache.picture(JOB, 3, 320) is None

    cache.keep_picture(JOB, 3, 320, JPEG)

    assert cache.picture(JOB, 3, 320) == JPEG
    assert cache.picture(JOB, 3, 1280) is None
    assert cache.picture(uuid.UUID(int=2), 3, 320) is None


def test_damaged_picture_counts_as_missing(tmp_path: Path) -> None:
    cache = PageCache(tmp_path / "pages")
    cache.keep_picture(JOB, 3, 320, JPEG[:500])

    assert cache.picture(JOB, 3, 320) is None


def test_value_is_kept_as_long_as_its_source_is_the_same(tmp_path: Path, source: Path) -> None:
    cache = PageCache(tmp_path / "pages")
    cache.keep_value(JOB, "facts", source, {"frames": 3})
    assert cache.value(JOB, "facts", source) == {"frames": 3}

    source.write_bytes(b"22")

    assert cache.value(JOB, "facts", source) is None


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b"\xff", b'{"source": 3}'])
def test_damaged_value_counts_as_missing(content: bytes, tmp_path: Path, source: Path) -> None:
    cache = PageCache(tmp_path / "pages")
    cache.keep_value(JOB, "facts", source, 1)
    (tmp_path / "pages" / str(JOB) / "facts.json").write_bytes(content)

    assert cache.value(JOB, "facts", source) is None


def test_what_was_not_used_for_longest_goes_first(tmp_path: Path) -> None:
    cache = PageCache(tmp_path / "pages", max_bytes=10_000)
    for index in range(11):
        cache.keep_picture(uuid.UUID(int=index), 0, 320, JPEG)
        path = tmp_path / "pages" / str(uuid.UUID(int=index)) / "320-0.jpg"
        os.utime(path, (1000 + index, 1000 + index))
    assert cache.picture(uuid.UUID(int=0), 0, 320) == JPEG  # used just now

    cache.prune()

    left = [index for index in range(11) if cache.picture(uuid.UUID(int=index), 0, 320)]
    assert left == [0, 4, 5, 6, 7, 8, 9, 10]
    assert len(list((tmp_path / "pages").iterdir())) == len(left)


def test_nothing_foreign_is_pruned(tmp_path: Path) -> None:
    """Files and folders of others, and links where the pages keep theirs."""
    pages, photos = tmp_path / "pages", tmp_path / "photos"
    cache = PageCache(pages, max_bytes=1)
    cache.keep_picture(JOB, 0, 320, JPEG)
    foreign = [photos / "1-1.jpg", pages / "mine" / "1-1.jpg", pages / str(JOB) / "thesis.txt"]
    for path in foreign:
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(JPEG)
    (pages / str(uuid.UUID(int=2))).symlink_to(photos)
    (pages / str(JOB) / "2-2.jpg").symlink_to(photos / "1-1.jpg")

    cache.prune()

    assert all(path.read_bytes() == JPEG for path in foreign)
    assert cache.picture(JOB, 0, 320) is None


def test_pruned_now_and_then(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jobs.pages.frames.cache.WRITES_BETWEEN", 5)
    cache = PageCache(tmp_path / "pages", max_bytes=3_000)
    for index in range(11):
        cache.keep_picture(JOB, index, 320, JPEG)

    assert len(list((tmp_path / "pages" / str(JOB)).iterdir())) <= 3


def test_a_disk_that_takes_nothing_is_no_fault(tmp_path: Path) -> None:
    (tmp_path / "pages").write_bytes(b"")
    cache = PageCache(tmp_path / "pages")

    cache.keep_picture(JOB, 3, 320, JPEG)

    assert cache.picture(JOB, 3, 320) is None
