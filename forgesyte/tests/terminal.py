"""A `manage.py` command on a terminal of its own, as a person sees it."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable

from forgesyte.installation import MANAGE

CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
COLOUR = re.compile(r"\x1b\[(?:\d+;)*(?:3[0-7]|9[0-7])m")
CTRL_C = b"\x03"
# The leader of a session gets the first terminal that it opens: keys then become signals.
OPEN_TERMINAL = 'exec "$@" <>"$0" >&0 2>&0'


class Terminal:
    """Starts the command; a context manager that ends it."""

    def __init__(self, *arguments: str, columns: int = 100, **environment: str) -> None:
        self.raw = ""
        self._descriptor, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
        plain = {"NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES"}
        kept = {name: value for name, value in os.environ.items() if name not in plain}
        self._process = subprocess.Popen(
            ["sh", "-c", OPEN_TERMINAL, os.ttyname(theirs), sys.executable, MANAGE, *arguments],
            env={**kept, "TERM": "xterm-256color", **environment},
            stdin=theirs,
            start_new_session=True,
        )
        os.close(theirs)

    def __enter__(self) -> Terminal:
        return self

    def __exit__(self, *error: object) -> None:
        self._process.kill()
        self._process.wait()
        os.close(self._descriptor)

    @property
    def text(self) -> str:
        """What was shown, without colours; what replaced a line is a line of its own."""
        return CONTROL.sub("", self.raw.replace("\r\n", "\n")).replace("\r", "\n")

    def wait_for(self, text: str, timeout: float = 60.0) -> None:
        """Read until the text has been shown; fails the test if it never is."""
        self._read(lambda: text in self.text, timeout)
        assert text in self.text, self.text

    def press(self, keys: bytes) -> None:
        os.write(self._descriptor, keys)

    def end(self, timeout: float = 60.0) -> int:
        """Read to the end; the exit code."""
        self._read(lambda: False, timeout)
        return self._process.wait()

    def _read(self, enough: Callable[[], bool], timeout: float) -> None:
        deadline = time.monotonic() + timeout
        pending = b""
        while not enough():
            left = deadline - time.monotonic()
            assert left > 0, self.text
            if not select.select([self._descriptor], [], [], left)[0]:
                continue
            try:
                pending += os.read(self._descriptor, 65536)
            except OSError:  # the other side has closed it
                return
            whole = pending.decode(errors="ignore")
            self.raw += whole
            pending = pending[len(whole.encode()) :]
