"""What a tool does."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence

from pipeline.frame_pool import Processed
from pipeline.results import FrameResult
from pipeline.video.frame import Image


class Tool(ABC):
    """One node of a pipeline, with everything it needs loaded when it is made.

    Implementations take (options, config): an instance of their options class in
    pipeline.tools.registry and the PipelineConfig. Making one raises a PipelineError if something
    it needs is missing.
    """

    @abstractmethod
    def warm_up(self, frame: Image) -> None:
        """Load what is loaded at the first use, by means of an empty frame."""


class FrameTool(Tool):
    """A tool to which frames are independent of each other. Used by several threads at once.

    batch_size: how many frames the tool works on at a time where it is fastest.
    """

    batch_size = 1

    @abstractmethod
    def apply(self, frame: Image, result: FrameResult) -> FrameResult:
        """Return result with what this tool finds in frame (height x width x 3, BGR) added.

        Depends on nothing but its arguments.
        """

    def apply_to_batch(
        self, frames: Sequence[Image], results: Sequence[FrameResult]
    ) -> list[FrameResult]:
        """The same for frames of one size."""
        return [self.apply(frame, result) for frame, result in zip(frames, results, strict=True)]

    def warm_up(self, frame: Image) -> None:
        """Runs on each thread that uses the tool."""
        height, width = frame.shape[:2]
        self.apply(frame, FrameResult(0, (width, height)))


class SequenceTool(Tool):
    """A tool that sees the frames of a video one after the other. Used by one thread."""

    @abstractmethod
    def process(self, frames: Iterable[Processed]) -> Iterator[FrameResult]:
        """Yield the result of each frame with what this tool finds added, in order.

        May take some frames ahead of the one it yields; how many is bounded by their bytes.
        """
