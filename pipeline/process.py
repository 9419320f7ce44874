"""The child process in which videos are decoded and models run.

Whatever a hostile file does to a decoder, it does to the child: that run fails with a message
that names the signal, and the next one gets a fresh child. Imports no vendor library.
"""

import atexit
import contextlib
import logging
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from multiprocessing.resource_tracker import ensure_running
from pathlib import Path

from pipeline import child
from pipeline.config import PipelineConfig
from pipeline.exceptions import PipelineError, PipelineProcessDied, PipelineUnavailable
from pipeline.results import RunSummary

logger = logging.getLogger(__name__)

# What a terminal or an operator sends to end a process; the child leaves them to its parent.
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM)

# A process has closed its pipes some milliseconds before it is seen to be dead.
DEATH_S = 1.0
# So many children in a row that die while they load the models: it is no accident.
MOST_EARLY_DEATHS = 3


class PipelineProcess:
    """One child that keeps its models loaded and runs one video at a time. Not thread-safe.

    The child dies with this process, however it ends. A context manager that stops it.
    """

    def __init__(self, config: PipelineConfig) -> None:
        self._config = config
        self._process: SpawnProcess | None = None
        self._connection: Connection | None = None
        self._ready = False
        self._fault: str | None = None
        self._early_deaths = 0

    def __enter__(self) -> "PipelineProcess":
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()

    @property
    def pid(self) -> int | None:
        """Of the child, or None if none was started."""
        return self._process.pid if self._process else None

    def start(self) -> None:
        """Start the child unless it is alive, and return at once.

        It loads the default pipeline meanwhile; what goes wrong there surfaces at the first run.
        """
        if self._process is not None and self._process.is_alive():
            return
        self.stop()
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        in_main_thread = threading.current_thread() is threading.main_thread()
        process = context.Process(
            target=child.main,
            args=(theirs, self._config, os.getpid(), in_main_thread),
            name="pipeline",
            daemon=True,
        )
        # Ours runs before the one of multiprocessing, which would wait for a child that ignores
        # SIGTERM.
        atexit.register(self.stop)
        with _stop_signals_blocked():
            process.start()
            self._process, self._connection = process, ours
        self._ready, self._fault = False, None
        theirs.close()

    def wait_ready(self, timeout: float) -> bool:
        """Start the child unless it is alive; whether it can run a video without delay.

        Waits up to `timeout` seconds until it has loaded the default pipeline. Raises
        PipelineUnavailable if it cannot, or if children died again and again while they did.
        """
        if self._process is None or self._ready:
            self.start()
        try:
            if not self._ready:
                with self._deaths_told():
                    self._receive(timeout)
        except PipelineProcessDied as died:
            self.stop()
            self._early_deaths += 1
            logger.warning("the pipeline's process did not get ready: %s", died)
            if self._early_deaths >= MOST_EARLY_DEATHS:
                raise PipelineUnavailable(f"The models cannot be loaded. {died}") from died
        if self._fault is not None:
            raise PipelineUnavailable(self._fault)
        return self._ready

    def run(
        self,
        video: Path,
        pipeline_id: str,
        results: Path,
        frame_stride: int = 1,
        max_frames: int | None = None,
        progress: Callable[[child.Progress], None] | None = None,
    ) -> RunSummary:
        """Write the results array of a video to the file `results`; blocks until it is done.

        `progress` hears a few times a second how many frames are done.
        Raises PipelineError for what is wrong with video, pipeline or disk, and
        PipelineProcessDied if the child dies. An exception that a signal handler raises passes
        through at once. Whenever this raises, `results` is removed; unless it was a PipelineError
        of the run, the child is stopped.
        """
        request = child.RunRequest(
            video.absolute(), pipeline_id, results.absolute(), frame_stride, max_frames
        )
        try:
            self.start()
            reply = self._exchange(request, progress)
        except BaseException:
            self.stop()
            results.unlink(missing_ok=True)
            raise
        if isinstance(reply, PipelineError):
            results.unlink(missing_ok=True)
            raise reply
        return reply

    def stop(self) -> None:
        """Kill the child at once, whatever it does. Does nothing if there is none."""
        atexit.unregister(self.stop)
        if self._process is not None:
            self._process.kill()
            self._process.join()
            self._process.close()
            self._process = None
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _exchange(
        self, request: child.RunRequest, progress: Callable[[child.Progress], None] | None
    ) -> RunSummary | PipelineError:
        assert self._connection is not None
        with self._deaths_told():
            self._connection.send(request)
            while isinstance(reply := self._receive(None), child.Progress | None):
                if progress is not None and reply is not None:
                    progress(reply)
            return reply

    def _receive(self, timeout: float | None) -> RunSummary | PipelineError | child.Progress | None:
        """The next reply; None if the child only got ready, or if none came within `timeout`."""
        assert self._process is not None and self._connection is not None
        if not wait([self._connection, self._process.sentinel], timeout):
            return None
        if not self._connection.poll():  # a reply counts even if the child died after it
            raise EOFError
        reply: RunSummary | PipelineError | child.Progress | child.Ready = self._connection.recv()
        if not isinstance(reply, child.Ready):
            return reply
        self._ready, self._early_deaths, self._fault = True, 0, reply.fault
        return None

    @contextlib.contextmanager
    def _deaths_told(self) -> Iterator[None]:
        """Raise PipelineProcessDied for what breaks when the child dies."""
        assert self._process is not None
        try:
            yield
        except (EOFError, OSError):
            # The child closed its end by dying, or a signal handler raised something alike.
            if not wait([self._process.sentinel], timeout=DEATH_S):
                raise
            self._process.join()
            raise _death(self._process.exitcode) from None


def _death(exitcode: int | None) -> PipelineProcessDied:
    """multiprocessing gives the negative number of the signal that ended a process."""
    if exitcode is None or exitcode >= 0:
        return PipelineProcessDied(exit_code=exitcode)
    try:
        return PipelineProcessDied(signal_name=signal.Signals(-exitcode).name)
    except ValueError:  # some signals have a number and no name
        return PipelineProcessDied(signal_name=f"signal {-exitcode}")


@contextlib.contextmanager
def _stop_signals_blocked() -> Iterator[None]:
    """A new process inherits the mask, so Ctrl-C cannot end the child before it ignores it."""
    ensure_running()  # the first start would start it, and unblock the signals with that
    previous = signal.pthread_sigmask(signal.SIG_BLOCK, STOP_SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, previous)
