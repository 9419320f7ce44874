"""What the kernel allows the process that reads files for pages."""

from __future__ import annotations

import os
import resource
import threading
from multiprocessing import parent_process
from multiprocessing.connection import wait

# Decoding 8192 x 4320 pixels of H.264 maps 1.1 GB here; a decoder may hold 17 frames of 53 MB.
MAX_ADDRESSES = 4 * 1024**3


def confine() -> None:
    """Bound the memory, write no file, leave no core dump, and end with the parent."""
    _lower(resource.RLIMIT_AS, MAX_ADDRESSES)
    _lower(resource.RLIMIT_FSIZE, 0)
    _lower(resource.RLIMIT_CORE, 0)
    parent = parent_process()
    assert parent is not None
    threading.Thread(target=_exit_after, args=(parent.sentinel,), daemon=True).start()


def allow_cpu(seconds: float) -> None:
    """Processor time from now on: what runs in circles ends even if its parent is gone."""
    times = os.times()
    used = times.user + times.system
    resource.setrlimit(
        resource.RLIMIT_CPU, (int(used + seconds) + 1, resource.getrlimit(resource.RLIMIT_CPU)[1])
    )


def _lower(kind: int, value: int) -> None:
    hard = resource.getrlimit(kind)[1]
    value = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(kind, (value, value))


def _exit_after(sentinel: int) -> None:
    wait([sentinel])
    os._exit(1)
