"""What the pages made once, on the disk: pictures, facts and digests, one folder for each job.

Everything in it can be made again, so nothing is fsynced and whatever is damaged counts as
missing. What was not used for longest goes when all of it exceeds a bound.
"""

from __future__ import annotations

import json
import logging
import os
import re
import threading
import uuid
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import UUID

logger = logging.getLogger(__name__)

MAX_BYTES = 256 * 1024 * 1024
MAX_ENTRY_BYTES = 8 * 1024 * 1024
KEPT_SHARE = 0.8
# The sizes are added up at every so many writes: 256 MB are some thousand files.
WRITES_BETWEEN = 100
JOB_FOLDER = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
OURS = re.compile(r"[0-9a-z-]+\.(?:jpg|json)|\.[0-9a-f]{32}\.part")
JPEG_START, JPEG_END = b"\xff\xd8", b"\xff\xd9"


class PageCache:
    """Files below `root`. Safe to use from several threads and processes."""

    _lock = threading.Lock()
    _writes: dict[Path, int] = {}

    def __init__(self, root: Path, max_bytes: int = MAX_BYTES) -> None:
        self._root = root
        self._max_bytes = max_bytes

    def picture(self, job_id: UUID, index: int, side: int) -> bytes | None:
        """A picture that was kept, whole."""
        content = self._load(self._picture_path(job_id, index, side))
        if content is None or not content.startswith(JPEG_START) or not content.endswith(JPEG_END):
            return None
        return content

    def keep_picture(self, job_id: UUID, index: int, side: int, content: bytes) -> None:
        self._keep(self._picture_path(job_id, index, side), content)

    def value(self, job_id: UUID, name: str, source: Path) -> Any:
        """What was kept of a source file; None if nothing was or if the file is another now."""
        content = self._load(self._value_path(job_id, name))
        try:
            kept = json.loads(content) if content else {}
            return kept["value"] if kept and kept["source"] == _identity(source) else None
        except (ValueError, TypeError, KeyError, OSError):
            return None

    def keep_value(self, job_id: UUID, name: str, source: Path, value: Any) -> None:
        with suppress(FileNotFoundError):
            kept = {"source": _identity(source), "value": value}
            self._keep(self._value_path(job_id, name), json.dumps(kept).encode())

    def prune(self) -> None:
        """Remove what was used longest ago until KEPT_SHARE of the bound is left."""
        files = sorted(_files(self._root))
        total = sum(size for _, size, _ in files)
        if total <= self._max_bytes:
            return
        for _, size, path in files:
            if total <= self._max_bytes * KEPT_SHARE:
                break
            with suppress(OSError):
                path.unlink()
                total -= size
                path.parent.rmdir()  # refused unless it is empty now

    def _picture_path(self, job_id: UUID, index: int, side: int) -> Path:
        return self._root / str(job_id) / f"{side}-{index}.jpg"

    def _value_path(self, job_id: UUID, name: str) -> Path:
        return self._root / str(job_id) / f"{name}.json"

    def _load(self, path: Path) -> bytes | None:
        try:
            with path.open("rb") as file:
                content = file.read(MAX_ENTRY_BYTES)
            os.utime(path)
        except OSError:
            return None
        return content

    def _keep(self, path: Path, content: bytes) -> None:
        part = path.with_name(f".{uuid.uuid4().hex}.part")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            part.write_bytes(content)
            part.replace(path)
        except OSError:
            logger.warning("nothing can be kept for the pages", exc_info=True)
            with suppress(OSError):
                part.unlink()
            return
        if self._time_to_prune():
            self.prune()

    def _time_to_prune(self) -> bool:
        """At the first write of this process and at every WRITES_BETWEEN-th one."""
        with self._lock:
            writes = self._writes.get(self._root, 0)
            self._writes[self._root] = writes + 1
        return writes % WRITES_BETWEEN == 0


def _identity(source: Path) -> list[int]:
    status = source.stat()
    return [status.st_size, status.st_mtime_ns]


def _files(root: Path) -> Iterator[tuple[float, int, Path]]:
    """When each file was used last, its size, and the file; nothing of others, or behind a link."""
    for folder in root.glob("*"):
        if not JOB_FOLDER.fullmatch(folder.name) or folder.is_symlink():
            continue
        with suppress(OSError), os.scandir(folder) as entries:
            for entry in entries:
                if OURS.fullmatch(entry.name) and entry.is_file(follow_symlinks=False):
                    status = entry.stat()
                    yield status.st_mtime, status.st_size, Path(entry.path)
