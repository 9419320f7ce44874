"""strace(1), with which calls of the system are recorded and refused."""

from __future__ import annotations

import shutil

from forgesyte.managed_process import ProcessFailed


def require_strace() -> None:
    """Raises ProcessFailed: what needs it must not pass without it."""
    if shutil.which("strace") is None:
        raise ProcessFailed("strace is not installed. Run `make setup`, or install the package.")
