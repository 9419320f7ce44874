"""What can go wrong in the pipeline.

The docstring of a class is its default message. Every message may be shown to an API client: it
names no path of the machine and says what to do. All of them survive pickling, because the child
process sends them to its parent.
"""

import inspect


class PipelineError(Exception):
    """The video could not be processed. The log of the worker says why."""

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or inspect.getdoc(type(self)))


class UnknownPipeline(PipelineError):
    """There is no pipeline of that name."""


class InvalidDefinition(PipelineError):
    """The pipeline's definition is not valid. Run `manage.py validate_pipelines`."""


class InvalidRequest(PipelineError):
    """frame_stride and max_frames must be whole numbers of at least 1."""


class UnreadableVideo(PipelineError):
    """The file is not a video that can be read. Send an MP4 that plays in a video player."""


class TruncatedVideo(UnreadableVideo):
    """The MP4 is cut off: a part of it is missing. Send the whole file."""


class VideoTooLarge(PipelineError):
    """The video is larger than the limits of this server allow."""


class DeviceUnavailable(PipelineError):
    """The device is 'cuda', but this machine has no CUDA GPU. Use 'cpu' or 'auto'."""


class MissingWeights(PipelineError):
    """The pipeline's weights are missing. Put them into pipeline/weights."""


class UnusableWeights(PipelineError):
    """The pipeline's weights cannot be loaded as a YOLO detection model."""


class MissingReader(PipelineError):
    """The reader is missing. Install the packages of requirements/base.txt."""


class MissingLanguage(PipelineError):
    """The language data of Tesseract is missing. Install the package tesseract-ocr-eng."""


class PipelineUnavailable(PipelineError):
    """The default pipeline cannot be loaded, so no video can be run. The log says why."""


class UnusableFile(PipelineError):
    """A file that a command was given cannot be read or written."""


class ResultsNotWritable(PipelineError):
    """The results could not be written. Check the disk of the server."""


class PipelineProcessDied(PipelineError):
    """The process reading the video ended unexpectedly.

    signal_name: the signal that ended it, such as "SIGKILL"; None if it exited by itself. SIGALRM
    is that of pipeline.video.watchdog.
    exit_code: what it exited with; None if a signal ended it or if it is not known.
    """

    def __init__(self, signal_name: str | None = None, exit_code: int | None = None) -> None:
        how = f"was killed by signal {signal_name}" if signal_name else "exited unexpectedly"
        if exit_code is not None:
            how += f" with code {exit_code}"
        what = f"The process reading the video {how}."
        if signal_name == "SIGALRM":
            what = "The decoder got stuck on this video: it produced no frame for a minute or more."
        super().__init__(f"{what} The file may be damaged.")
        self.signal_name = signal_name
        self.exit_code = exit_code

    def __reduce__(self) -> tuple[type["PipelineProcessDied"], tuple[str | None, int | None]]:
        return type(self), (self.signal_name, self.exit_code)
