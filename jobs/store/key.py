"""The key that the owner and its callers prove to each other that they know."""

from __future__ import annotations

import errno
import os
import secrets
import stat
from pathlib import Path

from jobs.disk import DISK_FULL

KEY_NAME = "store.key"
KEY_BYTES = 32


def own_key(folder: Path) -> bytes:
    """A new key, or on a full disk the last owner's, if only this user can have read it."""
    path = folder / KEY_NAME
    try:
        return _new_key(path)
    except OSError as error:
        if error.errno not in DISK_FULL:
            raise
        kept = path.lstat()
        private = stat.S_ISREG(kept.st_mode) and stat.S_IMODE(kept.st_mode) == 0o600
        if not private or kept.st_uid != os.geteuid() or kept.st_size != KEY_BYTES:
            raise
        return path.read_bytes()


def _new_key(path: Path) -> bytes:
    key = secrets.token_bytes(KEY_BYTES)
    unfinished = path.with_name(path.name + ".new")
    unfinished.unlink(missing_ok=True)
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        if os.write(descriptor, key) < KEY_BYTES:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    finally:
        os.close(descriptor)
    if path.is_dir():
        path.rmdir()
    unfinished.replace(path)
    return key
