"""Results in a form that a person reads."""

from __future__ import annotations

from forgesyte.digest import Items, TextLine, detection_count, missing_words, text_lines


def items(*texts: str) -> Items:
    return [
        {"frame_index": index, "result": {"detections": [{}] * len(text.split()), "text": text}}
        for index, text in enumerate(texts)
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
