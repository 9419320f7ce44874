"""Results in a form that a person reads."""

from __future__ import annotations

import io
import json

import pytest

from forgesyte import digest
from forgesyte.digest import (
    Items,
    NotResults,
    Sightings,
    TextLine,
    detection_count,
    missing_words,
    read,
    text_lines,
)

DETECTION = {"class": "text"}


def items(*texts: str) -> Items:
    return [
        {"frame_index": index, "result": {"detections": [DETECTION] * words, "text": text}}
        for index, (text, words) in enumerate((text, len(text.split())) for text in texts)
    ]


def test_lines_with_the_seconds_at_which_they_appear() -> None:
    assert text_lines(items("", "HOME 0\nGOAL", "HOME 0", "", "HOME 0"), fps=2.0) == [
        TextLine("HOME 0", frames=3, first_s=0.5, last_s=2.0),
        TextLine("GOAL", frames=1, first_s=0.5, last_s=0.5),
    ]


def test_detections_of_all_frames_are_counted() -> None:
    assert detection_count(items("ONE TWO", "", "THREE")) == 3


def test_words_that_stand_in_no_text_are_missing() -> None:
    assert missing_words(items("FULL TIME", "GOALS: 1"), ("TIME", "GOAL", "FULL")) == ["GOAL"]


def answer(found: Items) -> io.BytesIO:
    return io.BytesIO(json.dumps({"job_id": "x", "results": found}).encode())


def test_findings_of_an_answer() -> None:
    found = items("", "GOAL GOAL\nHOME", "", "HOME")
    found[3]["result"]["detections"] = [{"class": "person"}, {"class": "text"}]
    findings = read(answer(found))
    assert findings.frames == 4
    assert findings.classes == {"text": Sightings(1, 3, 2, 4), "person": Sightings(3, 3, 1, 1)}
    assert findings.texts == {"GOAL GOAL": Sightings(1, 1, 1, 1), "HOME": Sightings(1, 3, 2, 2)}


def test_findings_keep_a_bounded_number_of_texts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(digest, "MAX_TEXTS", 2)
    findings = read(answer(items("A", "B", "C", "A")))
    assert findings.texts == {"A": Sightings(0, 3, 2, 2), "B": Sightings(1, 1, 1, 1)}


@pytest.mark.parametrize("body", [b"", b"<html>", b'{"results": [{"frame_index": 0}]}', b'{"resul'])
def test_something_else_is_no_answer(body: bytes) -> None:
    with pytest.raises(NotResults):
        read(io.BytesIO(body))
