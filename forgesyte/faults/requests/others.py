"""What others see meanwhile: a process of its own that asks for a job's status again and again.

`python others.py PORT PATH` asks until its standard input is closed, each time on a new connection,
and prints how long each answer took, in seconds, and what was answered instead of 200.
"""

from __future__ import annotations

import http.client
import json
import subprocess
import sys
import threading
import time
from types import TracebackType
from typing import IO

HOST = "127.0.0.1"
PAUSE_S = 0.02
ANSWER_S = 20.0
STOP_S = 30.0


class Others:
    """A context manager; afterwards `seconds` and `unclear` hold what they saw."""

    def __init__(self, port: int, path: str) -> None:
        self.seconds: list[float] = []
        self.unclear: list[str] = []
        self._command = [sys.executable, __file__, str(port), path]

    def __enter__(self) -> Others:
        self._process = subprocess.Popen(
            self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self._process.stdout is not None
        self._process.stdout.readline()  # it has had its first answer
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        printed, _ = self._process.communicate(timeout=STOP_S)
        self.seconds, self.unclear = json.loads(printed)


def main(port: int, path: str, until_closed: IO[str]) -> None:
    over = threading.Event()

    def wait() -> None:
        until_closed.read()
        over.set()

    threading.Thread(target=wait, daemon=True).start()
    seconds: list[float] = []
    unclear: list[str] = []
    while not over.wait(PAUSE_S):
        begun = time.perf_counter()
        try:
            connection = http.client.HTTPConnection(HOST, port, timeout=ANSWER_S)
            connection.request("GET", path)
            status = connection.getresponse().status
            connection.close()
            if status != 200:
                unclear.append(str(status))
        except (OSError, http.client.HTTPException) as error:
            unclear.append(repr(error))
        seconds.append(time.perf_counter() - begun)
        if len(seconds) == 1:
            sys.stdout.write("asking\n")
            sys.stdout.flush()
    sys.stdout.write(json.dumps([seconds, unclear]))


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], sys.stdin)
