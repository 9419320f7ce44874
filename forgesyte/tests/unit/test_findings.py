"""Results in a form that a person reads."""

from __future__ import annotations

import io
from typing import Any

import pytest

from forgesyte import findings
from forgesyte.api_client import ClientError

Items = list[dict[str, Any]]


def items(*texts: str) -> Items:
    return [
        {"frame_index": index, "result": {"detections": [{"class": "text"}] * words, "text": text}}
        for index, (text, words) in enumerate((text, len(text.split())) for text in texts)
    ]


def summary(found: Items, fps: float | None = None) -> list[str]:
    shown_at = (lambda frame: frame / fps) if fps else None
    return list(findings.summary(found, *findings.counted(found), shown_at))


def test_lines_stand_in_the_order_of_their_appearance() -> None:
    found = items("", "GOAL GOAL\nHOME", "HOME", "HOME")
    found[3]["result"]["detections"] = [{"class": "person"}, {"class": "text"}]
    assert summary(found, fps=10) == [
        "4 frames, 6 detections: 5 text, 1 person",
        "  0:00.1 - 0:00.2  GOAL GOAL",
        "  0:00.1 - 0:00.4  HOME",
    ]
    assert summary(found)[1] == "  frame 1 - frame 2  GOAL GOAL"
    assert summary([]) == ["0 frames, 0 detections"]


def test_a_summary_is_bounded() -> None:
    noise = [f"noise {number}" for number in range(40)]
    lines = summary(items("LONG", "LONG", *noise))
    assert len(lines) == 14
    assert lines[1] == "  frame 0 - frame 2  LONG"
    assert lines[-1] == "  and 29 more lines of text, each shown for a shorter time"


@pytest.mark.parametrize("body", [b"", b"<html>", b'{"results": [{"frame_index": 0}]}', b'{"resul'])
def test_something_else_is_no_answer(body: bytes) -> None:
    with pytest.raises(ClientError, match="has no results"):
        findings.counted(findings.stored_items(io.BytesIO(body)))
