"""The digest of results, without pictures and with them."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from pipeline.config import PipelineConfig
from pipeline.digest import builder, stills
from pipeline.digest.builder import Digester
from pipeline.digest.file import (
    COVER,
    STILL,
    Digest,
    Index,
    load_digest,
    load_index,
    load_member,
    packed,
)
from pipeline.digest.moments import Moment, choose
from pipeline.digest.stills import PageDigest
from pipeline.frame_pool import Processed
from pipeline.results import FrameResult, write_results
from pipeline.tests.video_files import DATA, TINY_MP4, encode, write_video
from pipeline.video.frame import Image
from pipeline.video.reader import VideoReader


def item(frame: int, text: str = "", *classes: str) -> dict[str, Any]:
    detections = [
        {"bbox": [1.0, 2.0, 30.5, 40.0], "class": name, "confidence": 0.9} for name in classes
    ]
    return {"frame_index": frame, "result": {"detections": detections, "text": text}}


def digest_of(items: list[dict[str, Any]]) -> tuple[Digest, Index]:
    digester = Digester()
    write_results(items, io.BytesIO(), digester.add)
    return digester.digest(lambda frame: frame / 25)[0], digester.index


def frames_of(digest: Digest) -> list[int]:
    return [moment.frame for moment in digest.moments]


def test_lines_have_times_and_classes_are_counted() -> None:
    items = [item(n, "HELLO" if 2 <= n < 5 else "", *["car"] * (n in (3, 4))) for n in range(10)]
    digest, _ = digest_of(items)
    assert [tuple(line) for line in digest.lines] == [(0.08, 0.2, "HELLO")]
    assert (digest.frames, digest.detections, digest.bucket) == (10, 2, 1)
    assert [tuple(c) for c in digest.classes] == [("car", 2, [0, 0, 0, 1, 1, 0, 0, 0, 0, 0])]


def test_an_hour_is_counted_in_few_buckets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(builder, "BUCKETS", 5)
    digest, _ = digest_of([item(n, "", *["car"] * (n % 2)) for n in range(1001)])
    [count] = digest.classes
    assert (digest.bucket, len(count.counts)) == (128, 8)
    assert (count.total, count.counts[:2]) == (500, [64, 64])


def test_commonest_classes_and_the_others_as_one() -> None:
    classes = [f"c{n}" for n in range(12)]
    digest, _ = digest_of([item(n, "", *classes[: 12 - n]) for n in range(12)])
    assert [c.label for c in digest.classes] == [*classes[:7], "other classes"]
    assert sum(c.total for c in digest.classes) == digest.detections == 78


def test_what_is_left_out_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(builder, "MAX_LINES", 3)
    monkeypatch.setattr(builder, "MAX_LINE", 4)
    digest, _ = digest_of([item(n, f"line {n}") for n in range(10)])
    assert ([line.text for line in digest.lines], digest.more_lines) == (["line…"] * 3, 7)


def test_index_says_where_frames_begin() -> None:
    items, file, digester = [item(n, "A") for n in range(200)], io.BytesIO(), Digester()
    write_results(items, file, digester.add)
    index = digester.index
    assert index.frames == [0, 64, 128, 192]
    assert [index.block_of(frame) for frame in (0, 63, 64, 199, 900)] == [0, 0, 1, 3, 3]
    for frame, offset in zip(index.frames, index.offsets, strict=True):
        line = file.getvalue()[offset:].split(b"\n")[0].rstrip(b",")
        assert json.loads(line)["frame_index"] == frame


def test_moments_are_where_something_changes() -> None:
    def at(frame: int) -> dict[str, Any]:
        text = "TITLE" if 40 <= frame < 80 else ""
        return item(frame, text, *["car"] * (frame >= 120), *["bus"] * (frame == 177))

    digest, _ = digest_of([at(frame) for frame in range(200)])
    assert [(m.frame, m.reason) for m in digest.moments] == [
        (0, "start"),
        (40, "new text"),
        (120, "first car"),
        (177, "first bus"),
    ]


def test_lines_that_appear_one_after_the_other_are_shown_together() -> None:
    texts = {20: "A", 25: "A\nB", 30: "A\nB\nC"}
    shown = [
        texts[max((t for t in texts if t <= n), default=20)] if n > 19 else "" for n in range(60)
    ]
    digest, _ = digest_of([item(n, text) for n, text in enumerate(shown)])
    assert [(m.frame, m.text) for m in digest.moments] == [(0, ""), (30, "A\nB\nC")]


def test_many_changes_are_thinned_out() -> None:
    digest, _ = digest_of([item(n, f"SLIDE {n // 20}") for n in range(10_000)])
    frames = frames_of(digest)
    assert len(frames) == 10
    assert frames == sorted(set(frames))
    assert frames[0] < 1000 and frames[-1] > 9000


def test_choice_prefers_a_distance_but_takes_what_there_is() -> None:
    near = [Moment(frame, lines=1) for frame in (0, 2, 4)]
    assert choose(near, 10, 1000) == near
    many = [Moment(frame, lines=1) for frame in range(100)]
    assert [m.frame for m in choose(many, 4, 100)] == [0, 49, 74, 99]


def test_file_survives(tmp_path: Path) -> None:
    digest, index = digest_of([item(n, "Grüße", "car") for n in range(3)])
    path = tmp_path / "digest.zip"
    path.write_bytes(packed(replace(digest, stills=1), index, [b"jpeg"], b"small"))
    kept = load_digest(path)
    assert kept is not None
    assert (kept.lines[0].text, kept.classes, kept.stills) == ("Grüße", digest.classes, 1)
    assert load_index(path) == index
    assert load_member(path, STILL(0)) == b"jpeg"
    assert load_member(path, COVER) == b"small"
    assert load_member(path, STILL(1)) is None
    assert path.read_bytes() == packed(replace(digest, stills=1), index, [b"jpeg"], b"small")


@pytest.mark.parametrize("content", [b"", b"PK", b"PK\x05\x06" + bytes(18)])
def test_damaged_file_is_none(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "digest.zip"
    path.write_bytes(content)
    assert load_digest(path) is None and load_index(path) is None
    assert load_member(path, COVER) is None
    assert load_digest(tmp_path / "missing") is None


def pages_digest(video: Path, items: list[dict[str, Any]], tmp_path: Path) -> zipfile.ZipFile:
    reader = VideoReader(video, PipelineConfig(cache_dir=tmp_path))
    page = PageDigest(reader)

    def processed() -> Iterator[Processed]:
        for frame in reader.frames():
            height, width = frame.image.shape[:2]
            yield Processed(frame.image, frame.index, FrameResult(frame.index, (width, height)))

    for _ in page.watch(processed()):
        pass
    for each in items:
        page.add(each, 0)
    content = page.packed()
    assert content is not None
    return zipfile.ZipFile(io.BytesIO(content))


def picture(archive: zipfile.ZipFile, name: str) -> Image:
    content = np.frombuffer(archive.read(name), dtype=np.uint8)
    decoded = cv2.imdecode(content, cv2.IMREAD_COLOR)
    return np.asarray(decoded, dtype=np.uint8)


def test_stills_show_the_frames_of_the_moments(tmp_path: Path) -> None:
    video = write_video(tmp_path / "bars.mp4", 60, (640, 360))
    texts = [item(n, "LATE" if n >= 40 else "EARLY" if n >= 5 else "") for n in range(60)]
    archive = pages_digest(video, texts, tmp_path)
    shown = json.loads(archive.read("digest.json"))["moments"]
    assert [frame for frame, *_ in shown] == [5, 40]
    for number, (frame, *_) in enumerate(shown):
        still = picture(archive, STILL(number))
        assert still.shape == (360, 640, 3)
        assert int(still.mean(axis=(0, 2)).argmin()) == frame
    assert picture(archive, COVER).shape == (108, 192, 3)


def grey_video(path: Path, *greys: int) -> Path:
    return encode(path, (np.full((240, 320, 3), grey, dtype=np.uint8) for grey in greys))


def test_a_picture_that_stays_is_shown_once(tmp_path: Path) -> None:
    """A reader that sees another text in the same picture again and again."""
    video = grey_video(tmp_path / "still.mp4", *[90] * 60)
    archive = pages_digest(video, [item(n, f"{n // 20}") for n in range(60)], tmp_path)
    assert json.loads(archive.read("digest.json"))["stills"] == 1


def test_stills_have_square_pixels_and_a_bounded_size(tmp_path: Path) -> None:
    archive = pages_digest(DATA / "sar_2to1.mp4", [item(0)], tmp_path)
    assert picture(archive, STILL(0)).shape == (360, 640, 3)
    large = write_video(tmp_path / "large.mp4", 2, (2560, 1440))
    assert picture(pages_digest(large, [item(0)], tmp_path), STILL(0)).shape == (360, 640, 3)


def test_a_new_picture_is_a_moment(tmp_path: Path) -> None:
    path = grey_video(tmp_path / "cut.mp4", *[30] * 36, *[200] * 24)
    archive = pages_digest(path, [item(n) for n in range(60)], tmp_path)
    shown = json.loads(archive.read("digest.json"))["moments"]
    assert [(frame, reason) for frame, _, reason, _ in shown] == [(0, "start"), (36, "new picture")]


def test_frames_that_wait_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stills, "WAITING_BYTES", 320 * 240 * 3 * 10)
    video = write_video(tmp_path / "bars.mp4", 60, (320, 240))
    archive = pages_digest(video, [item(n, f"{n // 20}") for n in range(60)], tmp_path)
    digest = json.loads(archive.read("digest.json"))
    assert digest["stills"] == len(digest["moments"]) == 0


def test_a_fault_of_the_digest_is_no_fault_of_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(stills, "_jpeg", lambda *_: 1 // 0)
    reader = VideoReader(TINY_MP4, PipelineConfig(cache_dir=tmp_path))
    page = PageDigest(reader)
    frames = [Processed(f.image, f.index, FrameResult(f.index, (1, 1))) for f in reader.frames()]
    assert list(page.watch(iter(frames))) == frames
    for frame in frames:
        page.add(item(frame.result.frame_index, "A"), 0)
    assert page.packed() is None
    assert "there is no digest" in caplog.text
