"""Frames of a video file through a pipeline."""

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pipeline.config import DEFAULT_PIPELINE_ID, PipelineConfig
from pipeline.definitions import PipelineDefinition, load_definition
from pipeline.exceptions import InvalidRequest
from pipeline.results import FrameResult
from pipeline.tools.base import Tool
from pipeline.tools.registry import TOOLS
from pipeline.vendor import configure_vendors
from pipeline.video import Frame, VideoReader

logger = logging.getLogger(__name__)


class VideoFilePipelineService:
    """Runs pipelines over video files and keeps their models loaded between calls."""

    def __init__(self, config: PipelineConfig) -> None:
        configure_vendors(config.cache_dir)
        self._config = config
        self._built: dict[PipelineDefinition, tuple[Tool, ...]] = {}

    def run_on_file(
        self,
        mp4_path: Path | str,
        pipeline_id: str,
        frame_stride: int = 1,
        max_frames: int | None = None,
    ) -> Iterator[dict[str, Any]]:
        """Yield the result of every frame_stride-th frame, at most max_frames of them, in order.

        Definition, limits and header of the video are checked before this returns; models are
        loaded and frames decoded while the results are fetched. See pipeline.results for the form.
        Raises PipelineError.
        """
        for value in (frame_stride, 1 if max_frames is None else max_frames):
            if not isinstance(value, int) or value < 1:
                raise InvalidRequest
        definition = load_definition(pipeline_id, self._config.definitions_dir)
        reader = VideoReader(Path(mp4_path), self._config)
        return self._results(reader, definition, frame_stride, max_frames)

    def warm_up(self, pipeline_id: str = DEFAULT_PIPELINE_ID) -> None:
        """Load the models of a pipeline and run it on a grey frame. Raises PipelineError."""
        import numpy as np

        tools = self._tools(load_definition(pipeline_id, self._config.definitions_dir))
        _run(tools, 0, np.full((720, 1280, 3), 114, dtype=np.uint8))

    def _results(
        self,
        reader: VideoReader,
        definition: PipelineDefinition,
        frame_stride: int,
        max_frames: int | None,
    ) -> Iterator[dict[str, Any]]:
        tools: tuple[Tool, ...] | None = None
        frames = reader.frames(frame_stride)
        try:
            for count, (index, frame) in enumerate(frames, start=1):
                # A file that does not decode fails before the seconds that loading models takes.
                tools = tools or self._tools(definition)
                yield _run(tools, index, frame).as_json()
                if count == max_frames:
                    return
        finally:
            frames.close()

    def _tools(self, definition: PipelineDefinition) -> tuple[Tool, ...]:
        if definition not in self._built:
            logger.info("loading the pipeline %s", definition.id)
            self._built[definition] = tuple(
                TOOLS[node.tool].load()(node.options, self._config) for node in definition.nodes
            )
        return self._built[definition]


def _run(tools: tuple[Tool, ...], index: int, frame: Frame) -> FrameResult:
    height, width = frame.shape[:2]
    result = FrameResult(index, (width, height))
    for tool in tools:
        result = tool.apply(frame, result)
    return result
