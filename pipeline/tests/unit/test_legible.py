"""Which readings are taken for text, and which words the frame's edge cuts."""

import cv2
import numpy as np
import pytest

from pipeline.read.alphabet import shown
from pipeline.read.boxes import LineBox, Picture
from pipeline.read.edges import whole_words
from pipeline.read.legible import legible
from pipeline.read.reading import Reading, Word
from pipeline.read.recognizer import Letter, words_of
from pipeline.read.views import VIEW_PIXELS, views_of, whole_scale


def reading(*words: tuple[str, float]) -> Reading:
    return Reading(tuple(Word(text, confidence) for text, confidence in words))


@pytest.mark.parametrize(
    ("read", "text"),
    [
        (reading(("Latest", 0.99), ("nevvs", 0.6)), "Latest"),
        (reading(("D1", 0.9), ("gibberish", 0.4)), ""),
        (reading(("TA\N{GREEK CAPITAL LETTER BETA}EPNA", 0.99)), ""),
        (
            reading(("4", 0.99), ("k\N{GREEK CAPITAL LETTER OMEGA}", 0.95)),
            "4 k\N{GREEK CAPITAL LETTER OMEGA}",
        ),
        (reading(("田", 0.95)), ""),
        (reading(("東京", 0.95)), "東京"),
        (reading(("HOME", 0.99), ("O", 0.9), (":", 0.99), ("0", 0.9)), "HOME 0 : 0"),
        (reading(("HOME", 0.99), ("1", 0.99), (":", 0.4), ("0", 0.99)), "HOME 1 : 0"),
        (reading(("HOME", 0.99), (":", 0.4), ("AWAY", 0.99)), "HOME AWAY"),
        (reading(("FRAME", 0.99), ("O0", 0.99)), "FRAME 00"),
        (reading(("cXx", 0.99), ("Object", 0.99)), "CXX Object"),
        (reading(("Vox", 0.99), ("css", 0.99)), "Vox css"),
        (reading(("INF0", 0.99), ("AB100", 0.99)), "INFO AB100"),
        (reading(("źRÓDŁO", 0.9), ("ENERGII", 0.99)), "ŹRÓDŁO ENERGII"),
        (reading(("STRAßE", 0.9), ("Café", 0.99)), "STRAßE Café"),
        (reading(("O", 0.9)), ""),
        (reading(("O", 0.99)), "O"),
        (reading(("--", 0.99)), ""),
    ],
)
def test_only_what_is_likely_to_be_text_remains(read: Reading, text: str) -> None:
    assert legible(read, 0.8).text == text


@pytest.mark.parametrize(
    ("letter", "form"),
    [("℃", "°C"), ("\uff21", "A"), ("①", " "), ("★", " "), ("ß", "ß"), ("²", "²")],
)
def test_letters_have_one_form_and_pictographs_none(letter: str, form: str) -> None:
    assert shown(letter) == form


@pytest.mark.parametrize(
    ("first", "second", "text"),
    [
        ("late", "lato", ""),
        ("late", "LATE", "late"),
        ("1ate", "late", "late"),
        ("late", "1ate", "late"),
        ("7d1f31a", "7d1f3la", "7d1f31a"),
        ("7dlf31a", "7d1f31a", "7d1f31a"),
        ("v1.0", "vl.0", "v1.0"),
    ],
)
def test_a_word_that_a_second_reading_lacks_is_dropped(first: str, second: str, text: str) -> None:
    agreed = reading((first, 0.9)).agreed(reading((second, 0.9)))
    assert legible(agreed, 0.8).text == text


@pytest.mark.parametrize(
    ("word", "as_l", "read"),
    [
        ("1ibpng16", 0.01, "libpng16"),
        ("1ibpng16", 0.001, "1ibpng16"),
        ("cur1", 0.13, "curl"),
        ("cur1", 0.01, "cur1"),
        ("v1", 0.4, "v1"),
        ("1hour", 0.4, "1hour"),
        ("7d1f", 0.4, "7d1f"),
        ("test10", 0.4, "test10"),
    ],
)
def test_a_1_beside_small_letters_may_be_an_l(word: str, as_l: float, read: str) -> None:
    letters = [
        Letter(text, 0.5, 3 * place, as_l=as_l if text == "1" else 0.0)
        for place, text in enumerate(word)
    ]
    assert [found.text for found in words_of(letters, 30)] == [read]


@pytest.mark.parametrize(
    ("steps", "hint", "words"),
    [
        ([2, 5, 8, 14, 17, 21], 0.01, ["ABC", "DEF"]),
        ([2, 5, 8, 14, 17, 21], 0.0, ["ABCDEF"]),
        ([2, 5, 8, 12, 15, 18], 0.01, ["ABCDEF"]),
        ([2, 5, 8, 14, 17, 23], 0.01, ["ABCDEF"]),
    ],
)
def test_a_hint_of_a_space_in_one_wide_gap_parts_two_words(
    steps: list[int], hint: float, words: list[str]
) -> None:
    letters = [Letter(text, 0.9, step, hint) for text, step in zip("ABCDEF", steps, strict=True)]
    assert [word.text for word in words_of(letters, 25)] == words


def written(x: int) -> Picture:
    """GATE, 82 pixels wide, in a frame of 200 x 60."""
    picture = np.full((60, 200, 3), 30, dtype=np.uint8)
    white = (255, 255, 255)
    cv2.putText(picture, "GATE", (x, 40), cv2.FONT_HERSHEY_DUPLEX, 1.0, white, 2, cv2.LINE_AA)
    return picture


@pytest.mark.parametrize(("x", "text"), [(2, "GATE"), (-12, "")])
def test_a_word_is_dropped_only_if_the_edge_cuts_its_ink(x: int, text: str) -> None:
    box = LineBox.upright((-3.0, 10.0, x + 90.0, 48.0))
    assert whole_words(reading(("GATE", 0.99)), box, written(x)).text == text


@pytest.mark.parametrize("size_wh", [(1280, 720), (1920, 1080), (3840, 2160), (1080, 1920)])
def test_views_cover_the_picture_and_are_bounded(size_wh: tuple[int, int]) -> None:
    views = views_of(size_wh)
    assert (min(view.top for view in views), max(view.bottom for view in views)) == (0, size_wh[1])
    assert max(view.scale for view in views) == whole_scale(size_wh)
    for view in views:
        assert (view.bottom - view.top) * size_wh[0] * view.scale**2 <= 1.1 * VIEW_PIXELS
