"""Pictures and their words: what is found in a folder, and what counts."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from pipeline.evaluation.pictures import (
    OWN_PICTURES,
    Picture,
    UnusablePictures,
    WordScore,
    find_pictures,
    mean_recall,
    precision,
    words_of,
)


def read(shown: str, reported: str, ignored: str = "") -> WordScore:
    return Picture(Path("sign.jpg"), words_of([shown]), words_of([ignored])).compare([reported])


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
    assert sign.missed == {"any", "time"}
    assert sign.wrong == {"tirne"}
    assert mean_recall([sign]) == pytest.approx(3 / 5)
    assert precision([sign]) == pytest.approx(3 / 4)


def test_ignored_words_count_neither_way() -> None:
    sign = read("stop", "stop pepsi atm", ignored="ATM")
    assert sign.wrong == {"pepsi"}
    assert (mean_recall([sign]), precision([sign])) == (1.0, 0.5)


def test_recall_is_the_mean_of_pictures_with_words_and_precision_is_over_all_words() -> None:
    scores = [read("a b c d", "a"), read("x", "x y z"), read("", "brick")]
    assert mean_recall(scores) == pytest.approx((1 / 4 + 1) / 2)
    assert precision(scores) == pytest.approx(2 / 5)
    assert mean_recall(scores[2:]) is None
    assert precision([read("exit", "")]) is None


def test_pictures_are_found_with_their_words(tmp_path: Path) -> None:
    for name, words in (("b.PNG", "Way out\n"), ("a.jpg", ""), ("c.jpg", None)):
        write_picture(tmp_path / name, words)
    (tmp_path / "notes.md").write_text("no picture")
    listed = {"c.jpg": {"text": "Lost cat", "ignore": "ca t", "kind": "a"}}
    (tmp_path / "words.json").write_text(json.dumps(listed))
    assert [(found.path.name, found.words, found.ignored) for found in find_pictures(tmp_path)] == [
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


@pytest.mark.parametrize(
    ("files", "message"),
    [
        (None, r"There is no folder '.*pictures'"),
        ({"sign.txt": b"exit"}, r"There is no picture in .* sign\.jpg beside"),
        ({"door.jpg": b""}, r"^door\.jpg has no words: write .* into door\.txt"),
        ({"door.jpg": b"", "door.txt": b"\xff\xfe\xfa"}, r"^door\.txt cannot be read as a text in"),
        ({"a.jpg": b"", "words.json": b"[]"}, r"^words\.json must hold a JSON object"),
        ({"a.jpg": b"", "words.json": b"{"}, r"^words\.json must hold a JSON object"),
        ({"a.jpg": b"", "words.json": b'{"a.jpg": {"text": "exit"}}'}, r"^words\.json must hold"),
    ],
)
def test_folders_that_cannot_be_used(
    files: dict[str, bytes] | None, message: str, tmp_path: Path
) -> None:
    folder = tmp_path / "pictures"
    for name, content in (files or {}).items():
        folder.mkdir(exist_ok=True)
        (folder / name).write_bytes(content)
    with pytest.raises(UnusablePictures, match=message):
        find_pictures(folder)


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
        assert bool(picture.words) != picture.path.name.startswith("none_")
    assert sum(picture.path.stat().st_size for picture in pictures) < 1_500_000
