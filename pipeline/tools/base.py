"""What a tool does."""

from abc import ABC, abstractmethod

from pipeline.results import FrameResult
from pipeline.video import Frame


class Tool(ABC):
    """One node of a pipeline, with everything it needs loaded when it is made.

    Implementations take (options, config): an instance of their options class in
    pipeline.tools.registry and the PipelineConfig. Making one raises a PipelineError if something
    it needs is missing.
    """

    @abstractmethod
    def apply(self, frame: Frame, result: FrameResult) -> FrameResult:
        """Return result with what this tool finds in frame (height x width x 3, BGR) added.

        Depends on nothing but its arguments: frames are independent of each other.
        """
