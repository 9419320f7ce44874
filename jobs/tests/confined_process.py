"""A process that takes more than the process that reads for pages may. Imports little."""

from __future__ import annotations

import signal
from multiprocessing.connection import Connection
from pathlib import Path
from typing import NoReturn

from jobs.pages.frames.limits import MAX_ADDRESSES, allow_cpu, confine


def use_too_much(connection: Connection, target: Path) -> NoReturn:
    """Say what the kernel refuses, then use processor time until it ends this process."""
    confine()
    try:
        bytearray(MAX_ADDRESSES)
    except MemoryError:
        connection.send("no memory")
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        target.write_bytes(b"x")
    except OSError:
        connection.send("no disk")
    allow_cpu(0)
    while True:
        pass
