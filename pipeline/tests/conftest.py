from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pipeline.config import PipelineConfig
from pipeline.process import PipelineProcess
from pipeline.service import VideoFilePipelineService
from pipeline.tests.video_files import TINY_MP4, write_video


@pytest.fixture(scope="session")
def config(tmp_path_factory: pytest.TempPathFactory) -> PipelineConfig:
    """One cache for all tests: the export to OpenVINO is made once."""
    return PipelineConfig(cache_dir=tmp_path_factory.mktemp("cache"), device="cpu")


@pytest.fixture(scope="session")
def service(config: PipelineConfig) -> VideoFilePipelineService:
    service = VideoFilePipelineService(config)
    service.warm_up()
    return service


@pytest.fixture(scope="session")
def process(config: PipelineConfig) -> Iterator[PipelineProcess]:
    with PipelineProcess(config) as process:
        yield process


@pytest.fixture(scope="session")
def tiny_mp4() -> Path:
    """Twelve frames of 320 x 240 that show FORGE 42."""
    return TINY_MP4


@pytest.fixture(scope="session")
def long_mp4(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A video that no machine is through with before a test has done something to the child."""
    return write_video(
        tmp_path_factory.mktemp("videos") / "long.mp4", frames=20_000, size=(160, 90)
    )


@pytest.fixture
def definitions(tmp_path: Path) -> Callable[[str], Path]:
    """Write the text of `custom.yaml` into a definitions folder of its own; returns the folder."""

    def write(text: str) -> Path:
        folder = tmp_path / "definitions"
        folder.mkdir(exist_ok=True)
        (folder / "custom.yaml").write_text(text, encoding="utf-8")
        return folder

    return write
