"""Frames of a video file through a pipeline."""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from functools import partial
from itertools import chain, islice
from pathlib import Path
from typing import Any

from pipeline.config import DEFAULT_PIPELINE_ID, PipelineConfig
from pipeline.definitions import PipelineDefinition, load_definition
from pipeline.exceptions import InvalidRequest
from pipeline.frame_pool import FramePool, Processed
from pipeline.results import FrameResult
from pipeline.tools.base import FrameTool, SequenceTool, Tool
from pipeline.tools.registry import TOOLS
from pipeline.vendor import configure_vendors, frames_at_once, limit_opencv
from pipeline.video.frame import Image
from pipeline.video.reader import VideoReader
from pipeline.video.watchdog import Watchdog

logger = logging.getLogger(__name__)

Watch = Callable[[Iterator[Processed]], Iterator[Processed]]


class VideoFilePipelineService:
    """Runs pipelines over video files and keeps their models loaded between calls.

    watchdog: told when a decoder runs and pauses.
    """

    def __init__(self, config: PipelineConfig, watchdog: Watchdog | None = None) -> None:
        configure_vendors(config.cache_dir)
        limit_opencv()
        self._config = config
        self._watchdog = watchdog
        self._pool = FramePool(frames_at_once())
        self._built: dict[PipelineDefinition, tuple[Tool, ...]] = {}

    def run_on_file(
        self,
        mp4_path: Path | str,
        pipeline_id: str,
        frame_stride: int = 1,
        max_frames: int | None = None,
    ) -> Iterator[dict[str, Any]]:
        """`run` on a file. Raises PipelineError."""
        return self.run(self.open(mp4_path), pipeline_id, frame_stride, max_frames)

    def open(self, mp4_path: Path | str) -> VideoReader:
        """A reader of the video, whose header and limits are checked. Raises PipelineError."""
        return VideoReader(Path(mp4_path), self._config, self._watchdog)

    def run(
        self,
        reader: VideoReader,
        pipeline_id: str,
        frame_stride: int = 1,
        max_frames: int | None = None,
        watch: Watch | None = None,
    ) -> Iterator[dict[str, Any]]:
        """Yield the result of every frame_stride-th frame, at most max_frames of them, in order.

        The definition is checked before this returns; models are loaded and frames decoded while
        the results are fetched. See pipeline.results for the form. Raises PipelineError.

        watch: passes on the frames that it is given, before results are made of them.
        """
        for value in (frame_stride, 1 if max_frames is None else max_frames):
            if not isinstance(value, int) or value < 1:
                raise InvalidRequest
        definition = load_definition(pipeline_id, self._config.definitions_dir)
        return self._results(reader, definition, frame_stride, max_frames, watch)

    def warm_up(self, pipeline_id: str = DEFAULT_PIPELINE_ID) -> None:
        """Load the models of a pipeline and run each thread once. Raises PipelineError."""
        import numpy as np

        tools = self.tools(pipeline_id)
        grey = np.full((720, 1280, 3), 114, dtype=np.uint8)
        for tool in tools:
            if isinstance(tool, FrameTool):
                self._pool.on_every_thread(partial(tool.warm_up, grey))
            else:
                tool.warm_up(grey)

    def tools(self, pipeline_id: str) -> tuple[Tool, ...]:
        """The tools of a pipeline, loaded. Raises PipelineError."""
        return self._tools(load_definition(pipeline_id, self._config.definitions_dir))

    def _results(
        self,
        reader: VideoReader,
        definition: PipelineDefinition,
        frame_stride: int,
        max_frames: int | None,
        watch: Watch | None,
    ) -> Iterator[dict[str, Any]]:
        with closing(reader.frames(frame_stride)) as frames:
            chosen = islice(frames, max_frames)
            # A file that does not decode fails before the seconds that loading models takes.
            first = list(islice(chosen, 1))
            tools = self._tools(definition)
            alone = [tool for tool in tools if isinstance(tool, FrameTool)]
            batch_size = max((tool.batch_size for tool in alone), default=1)
            process = partial(apply_tools, alone)
            with closing(self._pool.run(chain(first, chosen), process, batch_size)) as processed:
                watched = watch(processed) if watch else processed
                for result in _in_sequence(tools, watched):
                    yield result.as_json()

    def _tools(self, definition: PipelineDefinition) -> tuple[Tool, ...]:
        if definition not in self._built:
            logger.info("loading the pipeline %s", definition.id)
            self._built[definition] = tuple(
                TOOLS[node.tool].load()(node.options, self._config) for node in definition.nodes
            )
        return self._built[definition]


def _in_sequence(tools: Sequence[Tool], processed: Iterator[Processed]) -> Iterator[FrameResult]:
    """The results after the tool that sees the frames as a sequence, if there is one."""
    for tool in tools:
        if isinstance(tool, SequenceTool):
            return tool.process(processed)
    return (each.result for each in processed)


def apply_tools(tools: Sequence[FrameTool], frames: Sequence[Image]) -> list[FrameResult]:
    """The results of frames one after the other, all with the frame_index 0."""
    results = [FrameResult(0, (frame.shape[1], frame.shape[0])) for frame in frames]
    for tool in tools:
        results = tool.apply_to_batch(frames, results)
    return results
