"""What runs inside the process of jobs.pages.frames.process.

It is asked with a line of JSON and answers with JSON, and each picture with its bytes after it:
nothing is unpickled on either side that a hostile file could have made.
"""

from __future__ import annotations

import json
import logging
import os
import signal
import time
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from jobs.pages.frames.limits import allow_cpu, confine
from jobs.run_record import load_times
from pipeline.config import PipelineConfig
from pipeline.exceptions import PipelineError

logger = logging.getLogger(__name__)

# Without a request for so long the process ends; the next request starts another one.
IDLE_S = 60.0
# Processor seconds of a request, on all cores together, after which the kernel ends the process.
CPU_S = 60.0

Answer = tuple[dict[str, Any], bytes | None]


def main(connection: Connection, config: PipelineConfig) -> None:
    """Answer requests until there is none for IDLE_S or the parent closes its end."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides when to stop
    os.dup2(2, 1)  # what a library prints goes where the log goes
    confine()
    reader = Reader(config)
    try:
        while connection.poll(IDLE_S):
            allow_cpu(CPU_S)
            for head, content in reader.answers(json.loads(connection.recv_bytes())):
                connection.send_bytes(json.dumps(head).encode())
                if content is not None:
                    connection.send_bytes(content)
    except (EOFError, BrokenPipeError, ConnectionResetError):
        return


class Reader:
    """Answers requests and keeps the last video open: the next picture is often of the same."""

    def __init__(self, config: PipelineConfig) -> None:
        self._config = config
        self._video: tuple[str, str] | None = None
        self._source: Any = None

    def answers(self, request: dict[str, Any]) -> Iterator[Answer]:
        """The pictures, if any are asked for; the last answer has the key `done` or `error`."""
        kinds: dict[str, Callable[[dict[str, Any]], Iterator[Answer]]] = {
            "facts": self._facts,
            "digest": self._digest,
            "picture": self._pictures,
        }
        try:
            yield from kinds[request["kind"]](request)
        except PipelineError as error:
            from jobs.pages.frames.source import TooFar

            yield {"error": str(error), "later": isinstance(error, TooFar)}, None
        except MemoryError:
            self._forget()
            yield {"error": "There is not enough memory for the frames of this video."}, None
        except Exception:
            logger.exception("a request of a page failed")
            self._forget()
            yield {"error": "This cannot be read. The log of the server says why."}, None

    def _facts(self, request: dict[str, Any]) -> Iterator[Answer]:
        from jobs.pages.frames.source import video_facts

        facts = video_facts(Path(request["video"]), self._config, request["decode"])
        yield {"done": facts.as_json()}, None

    def _digest(self, request: dict[str, Any]) -> Iterator[Answer]:
        from jobs.pages.job_digest import digest_results

        digest = digest_results(Path(request["results"]), request["gap"])
        yield {"done": digest.as_json()}, None

    def _pictures(self, request: dict[str, Any]) -> Iterator[Answer]:
        """Frame `index`, and the frames of `passing` on the way; at most `side` pixels wide."""
        from jobs.pages.frames.source import VideoSource, picture

        video = (request["video"], request["times"])
        if self._video != video:
            self._forget()
            self._source = VideoSource(Path(video[0]), self._config, load_times(Path(video[1])))
            self._video = video
        deadline = time.monotonic() + request["seconds"]
        side, pixel_aspect = request["side"], request["pixel_aspect"]
        for index, image in self._source.frames(request["index"], request["passing"], deadline):
            yield {"picture": index}, picture(image, side, pixel_aspect)
        yield {"done": None}, None

    def _forget(self) -> None:
        if self._source is not None:
            self._source.close()
        self._source = self._video = None
