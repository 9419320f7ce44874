"""A file and an address that hostile videos point to: whether anybody followed."""

from __future__ import annotations

import ctypes
import os
import socket
import struct
import threading
from contextlib import suppress
from pathlib import Path
from types import TracebackType

from forgesyte.faults.hostile.seeds import encoded
from forgesyte.installation import HOST

# inotify(7)
IN_ACCESS, IN_OPEN = 0x001, 0x020
IN_NONBLOCK = os.O_NONBLOCK
EVENT = struct.Struct("iIII")
ANSWER_S = 5.0
WORD = "CANARY 77"


class Canary:
    """Outside the data folder a video that shows WORD, and a web server that counts who calls.

    The kernel tells of each process that opens the file, whoever it is. A context manager.
    """

    def __init__(self, folder: Path) -> None:
        self.file = folder / "canary.mp4"
        self.file.write_bytes(encoded("mp4v", "mp4", WORD, (320, 240)))
        self.calls = 0
        self._server = socket.create_server((HOST, 0))
        self._thread = threading.Thread(target=self._accept)
        libc = ctypes.CDLL(None, use_errno=True)
        self._inotify = libc.inotify_init1(IN_NONBLOCK)
        watch = libc.inotify_add_watch(self._inotify, os.fsencode(self.file), IN_OPEN | IN_ACCESS)
        if self._inotify < 0 or watch < 0:
            raise OSError(ctypes.get_errno(), "inotify cannot watch the canary")

    @property
    def address(self) -> str:
        return f"http://{HOST}:{self._server.getsockname()[1]}/canary.mp4"

    def opened(self) -> int:
        """How often the file has been opened or read since the last call."""
        try:
            return len(os.read(self._inotify, 64 * 1024)) // EVENT.size
        except BlockingIOError:
            return 0

    def __enter__(self) -> Canary:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._server.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._server.close()
        os.close(self._inotify)

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._server.accept()
            except OSError:
                return
            with connection:
                self.calls += 1
                connection.settimeout(ANSWER_S)
                with suppress(OSError):  # a caller that goes away has called all the same
                    connection.recv(4096)
                    connection.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + b"\0" * 64)
