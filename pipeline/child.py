"""What runs inside the child process of pipeline.process."""

import contextlib
import ctypes
import errno
import logging
import multiprocessing
import os
import resource
import signal
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.config import PipelineConfig
from pipeline.exceptions import PipelineError, PipelineUnavailable, ResultsNotWritable
from pipeline.results import RunSummary, write_results
from pipeline.video.watchdog import ProcessWatchdog

if TYPE_CHECKING:
    from pipeline.service import VideoFilePipelineService

logger = logging.getLogger(__name__)

PROGRESS_S = 0.2
DISK_FAULTS = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EROFS)
PR_SET_PDEATHSIG = 1  # linux/prctl.h
# https://docs.kernel.org/filesystems/proc.html, 3.1: from -1000 to 1000; a child has its parent's.
OOM_SCORE = "500"
# The standard library of C++, and OpenVINO.
NO_MEMORY = ("bad_alloc", "can't alloc")
OPENCV_NO_MEMORY = -4  # cv::Error::StsNoMem


@dataclass(frozen=True)
class RunRequest:
    video: Path
    pipeline_id: str
    results: Path
    frame_stride: int
    max_frames: int | None


@dataclass(frozen=True)
class Progress:
    """frames: done so far, of `expected` if the file is right about that, which is 0 if unknown."""

    frames: int
    expected: int


@dataclass(frozen=True)
class Ready:
    """The child answers without delay; `fault` says why it cannot load the default pipeline."""

    fault: str | None = None


def main(
    connection: Connection, config: PipelineConfig, parent_pid: int, in_main_thread: bool
) -> None:
    """Say Ready, then answer each RunRequest with Progress and a RunSummary or a PipelineError.

    Ends when the parent is gone.

    in_main_thread: whether the parent's main thread started this process.
    """
    _ignore_stop_signals()
    _be_killed_first()
    _die_with_parent(parent_pid, in_main_thread)
    _keep_off_stdout()
    try:
        from pipeline.detect.yolo import NVIDIA_DRIVER
        from pipeline.service import VideoFilePipelineService

        service = VideoFilePipelineService(config, ProcessWatchdog(config.silent_s))
        warm = not connection.poll()  # a run that waits already loads what it needs by itself
        fault = _warm_up(service) if warm else None
        if warm or not NVIDIA_DRIVER.exists():  # what CUDA takes to begin with is not the video's
            _bound_memory(config.memory_bytes)
        connection.send(Ready(fault))
        while True:
            connection.send(_answer(service, connection.recv(), connection))
    except (EOFError, BrokenPipeError, ConnectionResetError):
        return  # the parent closed its end


def _warm_up(service: "VideoFilePipelineService") -> str | None:
    """Load the default pipeline; what keeps it from being loaded."""
    try:
        service.warm_up()
    except PipelineError as error:
        return str(error)
    except Exception:
        logger.exception("the default pipeline cannot be loaded")
        return str(PipelineUnavailable())
    return None


def _answer(
    service: "VideoFilePipelineService", request: RunRequest, connection: Connection
) -> RunSummary | PipelineError:
    from pipeline.digest.stills import PageDigest

    try:
        reader = service.open(request.video)
        page = PageDigest(reader)
        items = service.run(
            reader, request.pipeline_id, request.frame_stride, request.max_frames, page.watch
        )
        expected = -(-reader.facts.frames // request.frame_stride)
        if request.max_frames is not None:
            expected = min(expected, request.max_frames)
        with request.results.open("wb") as file:
            written = write_results(_reported(items, expected, connection), file, page.add)
        return replace(
            written,
            unreadable=reader.unreadable,
            video=reader.facts,
            times=reader.times,
            digest=page.packed(),
        )
    except PipelineError as error:
        logger.info("%s: %s", request.video.stem, error, exc_info=error.__cause__)
        return error
    except OSError as error:
        logger.exception("%s: the operating system refused", request.video.stem)
        if error.errno in DISK_FAULTS or error.filename == str(request.results):
            return ResultsNotWritable(f"The results could not be written: {error.strerror}.")
        return PipelineError()
    except Exception as error:
        if _is_out_of_memory(error):
            logger.exception("%s: not enough memory", request.video.stem)
            return PipelineError("There was not enough memory to decode this video.")
        logger.exception("%s: unexpected error in the pipeline", request.video.stem)
        return PipelineError()


def _reported(
    items: Iterator[dict[str, Any]], expected: int, connection: Connection
) -> Iterator[dict[str, Any]]:
    """The items; says from time to time how many there have been."""
    said = 0.0
    for number, item in enumerate(items, 1):
        if (now := time.monotonic()) - said > PROGRESS_S:
            connection.send(Progress(number, expected))
            said = now
        yield item


def _ignore_stop_signals() -> None:
    """The parent decides when to stop. It started this process with these signals blocked."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, (signal.SIGINT, signal.SIGTERM))


def _die_with_parent(parent_pid: int, in_main_thread: bool) -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None
    threading.Thread(target=_exit_after, args=(parent.sentinel,), daemon=True).start()
    # The thread cannot run while a C function holds the interpreter; the kernel's signal can. It
    # comes when the starting thread ends, so it is asked for only where that is the main thread.
    if in_main_thread and sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent_pid:
            os._exit(1)


def _exit_after(sentinel: int) -> None:
    wait([sentinel])
    os._exit(1)


def _keep_off_stdout() -> None:
    """The parent's stdout is not ours: what a library prints goes to stderr, as the log does."""
    os.dup2(2, 1)
    logging.basicConfig(
        level=logging.INFO, format=f"%(asctime)s %(levelname)s pipeline[{os.getpid()}]: %(message)s"
    )


def _bound_memory(more_bytes: int) -> None:
    """Let this process take so much more than it has now (RLIMIT_DATA), and leave no core dump.

    Private writable memory counts, used or not; unlike RLIMIT_AS this leaves out what CUDA only
    reserves. What is refused raises MemoryError or its like, or ends the decoding.
    """
    bound = _data_bytes() + more_bytes
    hard = resource.getrlimit(resource.RLIMIT_DATA)[1]
    if hard != resource.RLIM_INFINITY:
        bound = min(bound, hard)
    resource.setrlimit(resource.RLIMIT_DATA, (bound, hard))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _be_killed_first() -> None:
    """When the machine runs out of memory, the kernel ends this process and not the API."""
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text(OOM_SCORE)


def _data_bytes() -> int:
    """VmData of this process, which is what RLIMIT_DATA bounds."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmData:"):
            return int(line.split()[1]) * 1024
    raise OSError("/proc/self/status has no VmData")


def _is_out_of_memory(error: Exception) -> bool:
    """Whether a library said so, each in its way."""
    if isinstance(error, MemoryError) or any(words in str(error) for words in NO_MEMORY):
        return True
    return getattr(error, "code", None) == OPENCV_NO_MEMORY
