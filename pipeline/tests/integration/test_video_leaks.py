"""Nothing of one video is seen in the next one, however damaged or oddly coded that is."""

import json
from collections.abc import Callable
from pathlib import Path
from random import Random

import cv2
import numpy as np
import pytest

from pipeline.config import PipelineConfig
from pipeline.exceptions import PipelineError
from pipeline.process import PipelineProcess
from pipeline.tests.video_files import DATA, boxes, encode, without_samples
from pipeline.video.frame import Image
from pipeline.video.reader import VideoReader

SECRET = DATA / "leak_a.mp4"  # shows SECRET PIN 4711
SIZE = (1280, 720)
INTERLACED = {"flags": "+ildct+ilme", "top": "1"}


def flipped(video: Path, target: Path) -> Path:
    """Every 500th byte or so of the coded frames changed, and the frames before the middle."""
    chance, data, (start, end) = Random(7), bytearray(video.read_bytes()), boxes(video)[b"mdat"]
    for at in range(start + 200, end, 500):
        data[at + chance.randrange(400) - 200] ^= 1 << chance.randrange(8)
    target.write_bytes(data)
    return target


def plain(folder: Path, codec: str, pix_fmt: str = "yuv420p", **options: str) -> Path:
    """Ten frames of clouds without text: they have enough bytes to be damaged."""
    path = folder / f"{codec}.{'mov' if codec.startswith(('prores', 'mjpeg', 'dv')) else 'mp4'}"
    noise = np.random.default_rng(1).integers(60, 200, (18, 32, 3), np.uint8)
    picture = np.asarray(cv2.resize(noise, SIZE, interpolation=cv2.INTER_CUBIC), np.uint8)
    encode(path, (np.roll(picture, 16 * n, axis=1) for n in range(10)), codec, pix_fmt, options)
    if path.suffix == ".mov":
        path.write_bytes(path.read_bytes().replace(b"ftypqt  ", b"ftypisom", 1))
    return path


KINDS: dict[str, Callable[[Path], Path]] = {
    "interlaced H.264": lambda folder: DATA / "leak_b_interlaced.mp4",
    "interlaced H.264, damaged": lambda f: flipped(DATA / "leak_b_interlaced.mp4", f / "x.mp4"),
    "H.264, damaged": lambda f: flipped(plain(f, "libx264", g="5"), f / "x.mp4"),
    "H.264, a hole": lambda f: without_samples(plain(f, "libx264"), f / "x.mp4", 0.0, 0.6),
    "H.265, damaged": lambda f: flipped(plain(f, "libx265"), f / "x.mp4"),
    "VP9, damaged": lambda f: flipped(plain(f, "libvpx-vp9"), f / "x.mp4"),
    # Recorded by Chromium: the only AV1 encoder at hand takes the highest priority where it may.
    "AV1, damaged": lambda f: flipped(DATA / "mediarecorder_av1.mp4", f / "x.mp4"),
    "interlaced MPEG-2, damaged": lambda f: flipped(
        plain(f, "mpeg2video", **INTERLACED), f / "x.mp4"
    ),
    "MPEG-4, a hole": lambda f: without_samples(plain(f, "mpeg4"), f / "x.mp4", 0.3, 0.7),
    "Motion JPEG, a hole": lambda f: without_samples(
        plain(f, "mjpeg", "yuvj420p"), f / "x.mp4", 0.1, 0.6
    ),
    "ProRes, damaged": lambda f: flipped(plain(f, "prores_ks", "yuv422p10le"), f / "x.mp4"),
    "cut off behind its first frames": lambda f: without_samples(
        plain(f, "libx264", g="5"), f / "x.mp4", 0.4, 1.0
    ),
}


@pytest.fixture(scope="module")
def secret(config: PipelineConfig) -> Image:
    return next(VideoReader(SECRET, config).frames()).image


def likeness(image: Image, secret: Image) -> float:
    """Correlation of the edges of two frames, which text is made of."""
    if image.shape != secret.shape:
        return 0.0
    edges = [np.diff(each[..., 1].astype(np.float32), axis=1).ravel() for each in (image, secret)]
    norms = [float(np.linalg.norm(each)) for each in edges]
    return float(edges[0] @ edges[1]) / (norms[0] * norms[1]) if all(norms) else 0.0


@pytest.mark.parametrize("kind", KINDS)
def test_no_frame_shows_the_video_before(
    kind: str, secret: Image, tmp_path: Path, config: PipelineConfig
) -> None:
    video = KINDS[kind](tmp_path)
    for _ in range(2):
        assert sum(1 for _ in VideoReader(SECRET, config).frames()) == 20
        try:
            frames = list(VideoReader(video, config).frames())
        except PipelineError:
            continue
        assert max(likeness(frame.image, secret) for frame in frames) < 0.2
    assert likeness(secret.copy(), secret) > 0.99


def test_no_results_show_the_video_before(process: PipelineProcess, tmp_path: Path) -> None:
    """In one child, as the worker runs them."""
    results = tmp_path / "results.json"
    process.run(SECRET, "yolo_ocr", results)
    assert "4711" in results.read_text()
    pid = process.pid
    for number, kind in enumerate(KINDS):
        folder = tmp_path / str(number)
        folder.mkdir()
        try:
            process.run(KINDS[kind](folder), "yolo_ocr", results)
        except PipelineError:
            continue
        found = {
            line for item in json.loads(results.read_text()) for line in [item["result"]["text"]]
        }
        assert not any("SECRET" in text or "4711" in text for text in found), kind
        process.run(SECRET, "yolo_ocr", results, max_frames=2)
    assert process.pid == pid
