"""Pictures and their words: what is found in a folder, and what counts."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from pipeline.evaluation.pictures import (
    OWN_PICTURES,
    UnusablePictures,
    WordScore,
    find_pictures,
    mean_recall,
    precision,
    words_of,
)


def read(shown: str, reported: str, ignored: str = "") -> WordScore:
    return WordScore("sign.jpg", *(words_of([text]) for text in (shown, ignored, reported)))


def write_picture(path: Path, words: str | None, size: tuple[int, int] = (60, 40)) -> Path:
    cv2.imwrite(str(path), np.full((size[1], size[0], 3), 200, np.uint8))
    if words is not None:
        path.with_suffix(".txt").write_text(words, encoding="utf-8")
    return path


def test_words_are_letters_and_digits_in_lower_case() -> None:
    texts = ["Don't stop,\nSTOP!", "at 10:30 -- für\tÉlise"]
    assert words_of(texts) == {"dont", "stop", "at", "1030", "für", "élise"}
    assert words_of(["", " - | "]) == frozenset()


def test_recall_and_precision_of_a_picture() -> None:
    sign = read("no parking at any time", "No parking, parking at tirne")
    assert sign.found == {"no", "parking", "at"}
    assert sign.wrong == {"tirne"}
    assert sign.recall == pytest.approx(3 / 5)
    assert precision([sign]) == pytest.approx(3 / 4)


def test_ignored_words_count_neither_way() -> None:
    sign = read("stop", "stop pepsi atm", ignored="ATM")
    assert sign.wrong == {"pepsi"}
    assert (sign.recall, precision([sign])) == (1.0, 0.5)


def test_recall_is_the_mean_of_pictures_and_precision_is_over_all_words() -> None:
    scores = [read("a b c d", "a"), read("x", "x y z")]
    assert mean_recall(scores) == pytest.approx((1 / 4 + 1) / 2)
    assert precision(scores) == pytest.approx(2 / 4)


def test_a_picture_without_words_counts_for_precision_only() -> None:
    scores = [read("exit", "exit"), read("", "brick")]
    assert (scores[1].recall, mean_recall(scores), precision(scores)) == (None, 1.0, 0.5)


def test_nothing_to_compare_has_no_figure() -> None:
    assert mean_recall([read("", "brick")]) is None
    assert precision([read("exit", "")]) is None


def test_pictures_are_found_with_their_words(tmp_path: Path) -> None:
    for name, words in (("b.PNG", "Way out\n"), ("a.jpg", ""), ("c.jpg", None)):
        write_picture(tmp_path / name, words)
    (tmp_path / "notes.md").write_text("no picture")
    listed = {"c.jpg": {"text": "Lost cat", "ignore": "ca t", "kind": "a"}}
    (tmp_path / "words.json").write_text(json.dumps(listed))
    assert [(found.name, found.words, found.ignored) for found in find_pictures(tmp_path)] == [
        ("a.jpg", frozenset(), frozenset()),
        ("b.PNG", {"way", "out"}, frozenset()),
        ("c.jpg", {"lost", "cat"}, {"ca", "t"}),
    ]


@pytest.mark.parametrize(
    ("size", "shape"),
    [((61, 41), (40, 60, 3)), ((2560, 900), (450, 1280, 3)), ((800, 1440), (720, 400, 3))],
)
def test_a_picture_fits_into_a_frame(
    size: tuple[int, int], shape: tuple[int, int, int], tmp_path: Path
) -> None:
    write_picture(tmp_path / "a.png", "", size)
    (picture,) = find_pictures(tmp_path)
    assert picture.load().shape == shape


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UnusablePictures, match=r"There is no folder '.*none'"):
        find_pictures(tmp_path / "none")


def test_a_folder_without_pictures(tmp_path: Path) -> None:
    (tmp_path / "sign.txt").write_text("exit")
    with pytest.raises(UnusablePictures, match=r"There is no picture in .* sign\.jpg beside"):
        find_pictures(tmp_path)


def test_a_picture_without_words(tmp_path: Path) -> None:
    write_picture(tmp_path / "door.jpg", None)
    with pytest.raises(UnusablePictures, match=r"^door\.jpg has no words: write .* into door\.txt"):
        find_pictures(tmp_path)


def test_words_that_are_no_text(tmp_path: Path) -> None:
    write_picture(tmp_path / "door.jpg", None)
    (tmp_path / "door.txt").write_bytes(b"\xff\xfe\xfa")
    with pytest.raises(UnusablePictures, match=r"^door\.txt cannot be read as a text in UTF-8"):
        find_pictures(tmp_path)


@pytest.mark.parametrize("content", ["[]", "{", '{"a.jpg": {"text": "exit"}}'])
def test_a_list_of_words_of_another_form(tmp_path: Path, content: str) -> None:
    write_picture(tmp_path / "a.jpg", None)
    (tmp_path / "words.json").write_text(content)
    with pytest.raises(UnusablePictures, match=r"^words\.json must hold a JSON object"):
        find_pictures(tmp_path)


@pytest.mark.parametrize("content", [b"", b"no picture at all"])
def test_a_picture_that_cannot_be_read(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "door.jpg").write_bytes(content)
    (tmp_path / "door.txt").write_text("exit")
    (picture,) = find_pictures(tmp_path)
    with pytest.raises(UnusablePictures, match=r"^door\.jpg is not a picture that can be read"):
        picture.load()


def test_the_pictures_that_come_along() -> None:
    pictures = find_pictures(OWN_PICTURES)
    for picture in pictures:
        assert picture.load().size
        assert bool(picture.words) != picture.name.startswith("none_")
    assert sum(picture.path.stat().st_size for picture in pictures) < 1_500_000
