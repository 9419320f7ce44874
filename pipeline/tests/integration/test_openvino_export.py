import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.config import PACKAGE_DIR, PipelineConfig
from pipeline.definitions import load_definition
from pipeline.detect.export import cached_export, is_complete
from pipeline.service import VideoFilePipelineService

WEIGHTS = PACKAGE_DIR / "weights" / "text_yolo26.pt"
IMAGE_SIZE = load_definition("yolo_ocr").nodes[0].options.image_size


@pytest.fixture
def cache(service: VideoFilePipelineService, config: PipelineConfig, tmp_path: Path) -> Path:
    """A cache with a copy of the export that the service has made, and of no other."""
    (export,) = (config.cache_dir / "openvino").glob(f"{WEIGHTS.stem}-{IMAGE_SIZE}-*")
    shutil.copytree(export, tmp_path / "cache" / "openvino" / export.name)
    return tmp_path / "cache"


def stamps(export: Path) -> dict[str, int]:
    return {path.name: path.stat().st_mtime_ns for path in export.iterdir()}


def test_export_is_made_once(cache: Path) -> None:
    export = cached_export(WEIGHTS, IMAGE_SIZE, cache)
    before = stamps(export)

    assert cached_export(WEIGHTS, IMAGE_SIZE, cache) == export
    assert stamps(export) == before
    assert [path.name for path in (cache / "openvino").iterdir()] == [export.name]


def test_name_changes_with_content_and_size(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[Path] = []
    monkeypatch.setattr("pipeline.detect.export._make", lambda *args: made.append(args[2]))
    other = tmp_path / "text_yolo26.pt"
    other.write_bytes(WEIGHTS.read_bytes() + b"x")

    cached_export(WEIGHTS, IMAGE_SIZE, cache)
    cached_export(WEIGHTS, 320, cache)
    cached_export(other, IMAGE_SIZE, cache)

    assert len(set(made)) == 2


def test_leftovers_of_killed_processes_are_removed_after_a_while(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipeline.detect.export._make", lambda *args: None)
    folder = cache / "openvino"
    old, fresh, foreign = (folder / f".making-{name}" for name in ("abcdef_1", "abcdef_2", "of"))
    for scratch in (old, fresh, foreign):
        scratch.mkdir()
    os.utime(old, (0, 0))
    os.utime(foreign, (0, 0))
    (folder / ".making-abcdef_3").symlink_to(foreign / "nothing")

    cached_export(WEIGHTS, 320, cache)

    assert not old.exists()
    assert fresh.exists() and foreign.exists()


DAMAGES: dict[str, Callable[[Path], object]] = {
    "a file is gone": lambda export: next(export.glob("*.bin")).unlink(),
    "a file is cut": lambda export: os.truncate(next(export.glob("*.xml")), 100),
    "the manifest is gone": lambda export: (export / "manifest.json").unlink(),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_half_made_export_is_made_again(damage: str, cache: Path) -> None:
    export = cached_export(WEIGHTS, IMAGE_SIZE, cache)
    DAMAGES[damage](export)
    assert not is_complete(export)

    assert cached_export(WEIGHTS, IMAGE_SIZE, cache) == export
    assert is_complete(export)


def test_loser_of_a_race_takes_the_export_of_the_winner(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both find nothing; the other one's rename comes first."""
    export = cached_export(WEIGHTS, IMAGE_SIZE, cache)
    before = stamps(export)
    answers = iter([False])
    monkeypatch.setattr(
        "pipeline.detect.export.is_complete", lambda path: next(answers, is_complete(path))
    )

    assert cached_export(WEIGHTS, IMAGE_SIZE, cache) == export
    assert stamps(export) == before
    assert [path.name for path in (cache / "openvino").iterdir()] == [export.name]
