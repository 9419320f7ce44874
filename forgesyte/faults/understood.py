"""Whether a message is one of those that the documents explain, and that a person can act upon."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from django.conf import settings

ENDPOINTS = settings.BASE_DIR / "docs" / "Phase_16" / "PHASE_16_ENDPOINTS.md"
SECTION = re.compile(r"^## Why a job fails$(.*?)^## ", re.MULTILINE | re.DOTALL)
ROW = re.compile(r"^\|([^|]*)\| `(.*)` \|$", re.MULTILINE)
# These blame the server: no video may bring them about.
NOT_A_VIDEOS = ("the worker died", "the stored video is gone", "the server's", "anything else")
REFUSALS = (
    "This is not an MP4 file: it has no ftyp box at its start.",
    "The file is empty. Choose an MP4 file.",
)


def is_understood(outcome: str, message: str, data: Path) -> bool:
    """Of a job that failed, or of an upload that was refused."""
    if str(data) in message or "Traceback" in message:
        return False
    if outcome == "refused":
        return message in REFUSALS
    return any(pattern.fullmatch(message) for pattern in _patterns())


@cache
def _patterns() -> list[re.Pattern[str]]:
    """What a video may fail with, as patterns: `<...>` stands for a value."""
    section = SECTION.search(ENDPOINTS.read_text(encoding="utf-8") + "\n## ")
    assert section is not None
    found, reason = [], ""
    for row in ROW.finditer(section.group(1)):
        reason = row.group(1).strip() or reason
        if not reason.startswith(NOT_A_VIDEOS):
            parts = re.split(r"<\w+>", row.group(2))
            found.append(re.compile(r"[\w.]+".join(map(re.escape, parts))))
    return found
