"""Results in a form that a person reads."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest

from forgesyte import findings
from forgesyte.findings import Findings, NotResults, Sightings

Items = list[dict[str, Any]]


def items(*texts: str) -> Items:
    return [
        {"frame_index": index, "result": {"detections": [{"class": "text"}] * words, "text": text}}
        for index, (text, words) in enumerate((text, len(text.split())) for text in texts)
    ]


def read(found: Items) -> Findings:
    return Findings.read(io.BytesIO(json.dumps({"job_id": "x", "results": found}).encode()))


def test_findings_of_an_answer() -> None:
    found = items("", "GOAL GOAL\nHOME", "", "HOME")
    found[3]["result"]["detections"] = [{"class": "person"}, {"class": "text"}]
    assert read(found) == Findings.of(found)
    assert read(found) == Findings(
        frames=4,
        classes={"text": Sightings(1, 3, 2, 4), "person": Sightings(3, 3, 1, 1)},
        texts={"GOAL GOAL": Sightings(1, 1, 1, 1), "HOME": Sightings(1, 3, 2, 2)},
    )


def test_findings_keep_a_bounded_number_of_texts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(findings, "MAX_TEXTS", 2)
    assert read(items("A", "B", "C", "A")).texts == {
        "A": Sightings(0, 3, 2, 2),
        "B": Sightings(1, 1, 1, 1),
    }


@pytest.mark.parametrize("body", [b"", b"<html>", b'{"results": [{"frame_index": 0}]}', b'{"resul'])
def test_something_else_is_no_answer(body: bytes) -> None:
    with pytest.raises(NotResults):
        Findings.read(io.BytesIO(body))
