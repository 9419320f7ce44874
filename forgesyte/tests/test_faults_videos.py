"""A small run of `manage.py faults videos`, and that it would find what must not happen."""

from __future__ import annotations

import urllib.request
from pathlib import Path

import cv2
import pytest

from forgesyte.faults import videos
from forgesyte.faults.hostile.bombs import mp4, png
from forgesyte.faults.hostile.canary import Canary
from forgesyte.faults.hostile.files import FAMILIES, hostile_file
from forgesyte.faults.hostile.seeds import seeds
from forgesyte.faults.understood import is_understood
from forgesyte.tests.conftest import TINY_MP4
from pipeline.exceptions import PipelineProcessDied

DATA = Path("/srv/data")


def test_hostile_videos(tmp_path: Path, data_dir: Path) -> None:
    """One of each family."""
    assert data_dir == tmp_path / "data"
    *families, whole = videos.measure(tmp_path, TINY_MP4, len(FAMILIES), seed=1)
    assert whole["ok"], whole
    assert [figure["family"] for figure in families] == list(FAMILIES)
    assert sum(whole["outcomes"].values()) == len(FAMILIES)
    assert 0 < whole["child_peak_mib"] < whole["child_bound_mib"]


def test_a_number_and_a_seed_make_one_file(tmp_path: Path) -> None:
    with Canary(tmp_path) as canary:
        runs = [
            [hostile_file(number, seed, canary) for number in range(4 * len(FAMILIES))]
            for seed in (1, 1, 2)
        ]
    assert {file.family for file in runs[0]} == set(FAMILIES)
    assert all(file.content not in seeds().values() for file in runs[0] if file.family == "cut")
    assert runs[0] == runs[1] != runs[2]


def test_an_mp4_made_from_nothing_plays(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_bytes(mp4([png(64, 48)] * 2, b"png ", (64, 48), repeated=2))
    capture = cv2.VideoCapture(str(tmp_path / "a.mp4"), cv2.CAP_FFMPEG)
    shapes = []
    while (read := capture.read())[0]:
        shapes.append(read[1].shape)
    assert shapes == [(48, 64, 3)] * 4


def test_canary_tells_of_who_opens_it_and_who_calls(tmp_path: Path) -> None:
    with Canary(tmp_path) as canary:
        assert (canary.opened(), canary.calls) == (0, 0)
        canary.file.read_bytes()
        assert canary.opened() > 0
        assert canary.opened() == 0
        with urllib.request.urlopen(canary.address) as answer:
            answer.read()
        assert canary.calls == 1


@pytest.mark.parametrize(
    ("outcome", "message"),
    [
        ("refused", "This is not an MP4 file: it has no ftyp box at its start."),
        ("failed", "The MP4 has no video track. Send a video."),
        ("failed", "The video is 9000 x 9000 pixels; the limit is 35389440 pixels a frame."),
        ("failed", str(PipelineProcessDied("SIGSEGV"))),
        ("failed", str(PipelineProcessDied("SIGALRM"))),
    ],
)
def test_messages_that_a_person_understands(outcome: str, message: str) -> None:
    assert is_understood(outcome, message, DATA)


@pytest.mark.parametrize(
    ("outcome", "message"),
    [
        ("failed", ""),
        ("failed", "KeyError: 3"),
        ("failed", "The video could not be processed. The log of the worker says why."),
        ("failed", "The worker failed unexpectedly on this video. Its log says why."),
        ("failed", "The results could not be written: No such file or directory."),
        ("failed", "The video is /srv/data/a.mp4 x 3 pixels; the limit is 3 pixels a frame."),
        ("refused", "The request cannot be read."),
    ],
)
def test_messages_that_nobody_understands(outcome: str, message: str) -> None:
    assert not is_understood(outcome, message, DATA)
