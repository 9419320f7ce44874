"""The one child process that reads videos and results for pages, as the server sees it.

A hostile file can crash it, hang it or fill its memory: it is killed and another one started.
Imports no vendor library.
"""

from __future__ import annotations

import atexit
import json
import logging
import multiprocessing
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from typing import Any, Protocol

from jobs.exceptions import JobsError
from jobs.pages.frames import child
from pipeline.config import PipelineConfig

logger = logging.getLogger(__name__)

# Requests at a time, the one in hand among them. A browser asks for six pictures of a page at
# once; the other threads of the server (serve --threads, 8) stay free for the API.
PLACES = 6
# From then on the process is killed. It gives up by itself before, and stays.
DEADLINE_S = 15.0
GIVE_UP_S = 8.0
DIGEST_S = 60.0
# A process idle for longer may just be ending by itself (child.IDLE_S), so it is not asked.
REUSE_S = child.IDLE_S * 0.75
MAX_ANSWER_BYTES = 8 * 1024 * 1024


class NotReadable(JobsError):
    """This video cannot be shown: it is damaged, or its format is not supported."""

    http_status = 404


class Busy(JobsError):
    """Too many pictures are asked for at the moment. Try again in a few seconds."""

    http_status = 503


class Later(Busy):
    """This frame is too far into the video to be decoded on request. Try again in a while."""


class ReaderDied(NotReadable):
    """The process that decodes pictures could not stand this video: it ended or hung."""


class ReaderHung(ReaderDied):
    """The process that decodes pictures took too long over this video and was ended."""


class TakePicture(Protocol):
    def __call__(self, index: int, content: bytes, /) -> None: ...


class ReadingProcess:
    """Started when it is asked, asked by one thread after the other. Thread-safe."""

    def __init__(
        self, config: PipelineConfig, deadline_s: float = DEADLINE_S, places: int = PLACES
    ) -> None:
        self._config = config
        self._deadline_s = deadline_s
        self._places = threading.BoundedSemaphore(places)
        self._turn = threading.Lock()
        self._process: SpawnProcess | None = None
        self._connection: Connection | None = None
        self._used_at = 0.0

    @property
    def pid(self) -> int | None:
        """Of the child, or None if there is none."""
        return self._process.pid if self._process else None

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait until it is this thread's turn to ask. Raises Busy if too many wait."""
        if not self._places.acquire(blocking=False):
            raise Busy
        try:
            if not self._turn.acquire(timeout=self._deadline_s):
                raise Busy
            try:
                yield
            finally:
                self._turn.release()
        finally:
            self._places.release()

    def ask(
        self,
        request: dict[str, Any],
        take: TakePicture | None = None,
        deadline_s: float | None = None,
    ) -> Any:
        """The answer to a request of `child.Reader`; `take` gets each picture. In `turn` only.

        Raises NotReadable, Later, or ReaderDied if the process dies or exceeds the deadline.
        """
        deadline = time.monotonic() + (deadline_s or self._deadline_s)
        try:
            connection = self._connected()
            connection.send_bytes(json.dumps(request).encode())
            return _answer(connection, take, deadline)
        except (EOFError, OSError, ValueError) as error:
            logger.warning("the process that reads for pages ended: %s", request, exc_info=True)
            self.stop()
            raise (ReaderHung if isinstance(error, TimeoutError) else ReaderDied) from error
        finally:
            self._used_at = time.monotonic()

    def stop(self) -> None:
        """Kill the child at once. Does nothing if there is none."""
        atexit.unregister(self.stop)
        process, connection = self._process, self._connection
        self._process = self._connection = None
        if process is not None:
            process.kill()
            process.join()
            process.close()
        if connection is not None:
            connection.close()

    def _connected(self) -> Connection:
        fresh = time.monotonic() - self._used_at < REUSE_S
        if fresh and self._process and self._connection and self._process.is_alive():
            return self._connection
        self.stop()
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(
            target=child.main, args=(theirs, self._config), name="pages", daemon=True
        )
        atexit.register(self.stop)
        process.start()
        theirs.close()
        self._process, self._connection = process, ours
        return ours


def _answer(connection: Connection, take: TakePicture | None, deadline: float) -> Any:
    while True:
        head = json.loads(_received(connection, deadline))
        if "picture" in head:
            content = _received(connection, deadline)
            if take is not None:
                take(int(head["picture"]), content)
        elif "error" in head:
            raise (Later if head.get("later") else NotReadable)(str(head["error"]))
        else:
            return head["done"]


def _received(connection: Connection, deadline: float) -> bytes:
    """One message; TimeoutError after the deadline, EOFError or OSError if the child is gone."""
    if not wait([connection], timeout=max(0.0, deadline - time.monotonic())):
        raise TimeoutError("no answer before the deadline")
    return connection.recv_bytes(MAX_ANSWER_BYTES)
