"""The name of an uploaded file, stored beside the video because the table has no column for it."""

from __future__ import annotations

import json
import re
import unicodedata
from pathlib import Path
from uuid import UUID

from jobs.exceptions import StoredFileMissing
from jobs.storage.base import StorageService
from jobs.storage.local import disk_errors
from jobs.storage.names import upload_name

MAX_NAME, KEPT_END = 120, 20
MAX_RECORD_BYTES = 4096
# Unicode categories: controls, surrogates, unassigned, private use, line separators.
UNPRINTABLE = {"Cc", "Cf", "Cs", "Cn", "Co", "Zl", "Zp"}
JOINERS = "\u200c\u200d"  # zero-width (non-)joiners, used in some scripts and in emoji


def sanitized(name: str) -> str:
    """A file name without path and control characters, at most MAX_NAME characters long."""
    last = unicodedata.normalize("NFC", re.split(r"[/\\]", name)[-1])
    kept = (c for c in last if c in JOINERS or unicodedata.category(c) not in UNPRINTABLE)
    words = " ".join("".join(c if not c.isspace() else " " for c in kept).split())
    if len(words) <= MAX_NAME:
        return words
    return f"{words[: MAX_NAME - KEPT_END - 1]}…{words[-KEPT_END:]}"


def save_upload_name(storage: StorageService, part: Path, job_id: UUID, name: str) -> None:
    """Store a name, written to `part` first; an empty one is not stored."""
    if known := sanitized(name):
        with disk_errors():
            part.write_text(json.dumps({"name": known}, ensure_ascii=False) + "\n", "utf-8")
        storage.save_file(part, upload_name(job_id))


def load_upload_name(storage: StorageService, job_id: UUID) -> str:
    """The name of the uploaded file; empty if unknown."""
    try:
        with storage.load_file(upload_name(job_id)).open("rb") as file:
            return sanitized(str(json.loads(file.read(MAX_RECORD_BYTES))["name"]))
    except (StoredFileMissing, OSError, ValueError, TypeError, KeyError):
        return ""
