"""Power cuts, replayed from a recording; and that the replay would find what is not made safe."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path, PurePath

import pytest

from forgesyte.faults import power
from forgesyte.faults.power_disk import Disk, File, applied


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> power.Recording:
    return power.record(tmp_path_factory.mktemp("recorded"), jobs=4)


def test_acknowledged_jobs_survive_every_cut(recording: power.Recording, tmp_path: Path) -> None:
    figures = power.replay(recording, tmp_path, cuts=8, seed=1)
    assert figures["ok"], figures


def test_without_its_fsyncs_jobs_are_lost(recording: power.Recording, tmp_path: Path) -> None:
    calls = [call for call in recording.calls if "sync" not in call.name]
    assert len(calls) < len(recording.calls)
    figures = power.replay(replace(recording, calls=calls), tmp_path, cuts=4, seed=1)
    assert not figures["ok"]


def test_changes_of_a_file() -> None:
    assert applied(b"abcdef", [(2, b"XY"), 5, (7, b"z")]) == b"abXYe\0\0z"
    assert applied(b"abc", [5]) == b"abc\0\0"


def test_what_was_synced_is_there_and_the_rest_may_not_be(tmp_path: Path) -> None:
    disk, file = Disk(), File()
    folder = disk.folder(PurePath())
    folder.change(kept=file)
    folder.sync()
    file.since.append((0, b"safe"))
    file.sync()
    file.since.append((4, b" and more"))
    folder.change(other=File(b"x"))
    seen = set()
    for seed in range(40):
        target = tmp_path / str(seed)
        disk.cut(target, random.Random(seed))
        assert (target / "kept").read_bytes().startswith(b"safe")
        seen.add(((target / "kept").read_bytes(), (target / "other").exists()))
    assert seen == {(b"safe", False), (b"safe", True)} | {
        (b"safe and more", False),
        (b"safe and more", True),
    }
